-- From layout 4 to 5.
BEGIN;

PRAGMA user_version = 5;
COMMIT;
