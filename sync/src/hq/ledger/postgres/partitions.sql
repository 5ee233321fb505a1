-- Eight partitions of each table: on one server, or dealt out to several.
DO $$
DECLARE
    spread text;
BEGIN
    FOREACH spread IN ARRAY ARRAY['terminal', 'enrol_code', 'stream', 'ledger', 'quarantine'] LOOP
        FOR at IN 0..7 LOOP
            EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES WITH (MODULUS 8, REMAINDER %s)',
                           spread || '_' || at, spread, at);
        END LOOP;
    END LOOP;
END $$;
