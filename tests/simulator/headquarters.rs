//! HQ as a process on a machine of its own: the real ledger, opener and care pages behind a shell
//! that does what the routes do.
//!
//! Not here: HTTP, enrolment under faults, what people do at HQ (`desk`).

pub(crate) mod desk;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use huitou::keys::TerminalKeys;
use std::ops::Deref;
use sync::care_list::HqEpoch;
use sync::event::{Epoch, Seq, TerminalId};
use sync::hq::care::{self, Care, CareError};
use sync::hq::ledger::sqlite::Sqlite;
use sync::hq::ledger::{self, Range, Taken};
use sync::hq::open::StepError;
use sync::hq::store::{self, Founding, StoreError};
use sync::hq::{Hq, HqError, enrol, open};
use sync::message::{EnrolReply, EnrolRequest, HqKeys};
use sync::seal::SealingSecret;
use sync::sign::SigningKey;
use sync::tier::TierPolicy;
use sync::uplink::Request;
use tempfile::TempDir;

use crate::disk::{self, Image};
use crate::plan::{MORNING_MS, Plant};
use crate::{entropy, vfs};

/// HQ's machine.
pub(crate) const MACHINE: usize = 0;

/// How many tills every HQ knows.
pub(crate) const TILLS: usize = 3;

/// An HQ on its first day, made once per program, and always the same one.
pub(crate) struct Founded {
    pub(crate) folder: TempDir,
    image: Image,
    /// HQ's first life.
    pub(crate) epoch: HqEpoch,
    hq: HqKeys,
    /// Each till's number and what HQ answered.
    tills: Vec<(u64, EnrolReply)>,
}

/// The HQ that every run begins with.
pub(crate) fn founded() -> &'static Founded {
    static FOUNDED: OnceLock<Founded> = OnceLock::new();
    FOUNDED.get_or_init(|| {
        vfs::install();
        disk::format(1, 0);
        entropy::follow(Some(0xF0));
        let founded = found();
        entropy::follow(None);
        founded
    })
}

fn found() -> Founded {
    let folder = tempfile::tempdir().expect("a folder for the keys");
    let founding =
        Founding { name: "回头".into(), currency_exponent: 2, policy: TierPolicy::default() };
    let dir = folder.path().join("m0");
    let mut hq = Hq::create(&dir, &founding).expect("an empty disk");
    let ledger = Sqlite::open(&dir).expect("HQ was just made");
    let till = |number: u64| {
        let (signing, sealing) = own_keys(number);
        let store = if number < 2 { "湖滨店" } else { "城西店" };
        let code = enrol::new_code(&hq, &ledger, store, i64::MAX).expect("HQ makes a code");
        let request = EnrolRequest {
            token: code.token,
            signing: signing.verifying(),
            sealing: sealing.public(),
            store: store.into(),
            till: format!("{number}号"),
            software: "simulated".into(),
        };
        let sealed = request.seal(&hq.keys.current_sealing()).expect("HQ's key is good");
        let answer = enrol::enrol(&mut hq, &ledger, MORNING_MS, &sealed).expect("the code is good");
        let reply = EnrolReply::open(&hq.keys.signing.verifying(), &sealing, &answer);
        (number, reply.expect("HQ's answer"))
    };
    let tills = (0..TILLS as u64).map(till).collect();
    let keys = hq.keys.public();
    let epoch = store::own(&hq.db).expect("a good disk").epoch;
    drop((hq, ledger));
    Founded { folder, epoch, hq: keys, image: disk::of(MACHINE, |disk| disk.image()), tills }
}

fn own_keys(number: u64) -> (SigningKey, SealingSecret) {
    let number = number as u8;
    (SigningKey::from_seed([0x51 + number; 32]), SealingSecret::from_bytes(1, [0x61 + number; 32]))
}

/// The keys of one of the tills.
pub(crate) fn keys_of(till: usize) -> TerminalKeys {
    let Founded { hq, tills, .. } = founded();
    let (number, reply) = &tills[till];
    let (signing, sealing) = own_keys(*number);
    TerminalKeys {
        terminal: reply.terminal,
        signing,
        sealing,
        hq: hq.signing,
        hq_sealing: hq.sealing[0],
        hq_url: String::new(),
        store_name: reply.store_name.clone(),
        currency_exponent: 2,
        index: [0x71; 32],
        local: [0x81; 32],
    }
}

/// HQ's program: its desk and its ledger, each with connections of its own.
pub(crate) struct Program {
    hq: Hq,
    ledger: Sqlite,
}

impl Program {
    fn open() -> Result<Self, HqError> {
        let hq = Hq::open(&folder())?;
        hq.settle_log().map_err(|cause| StoreError::Sql { path: folder(), cause })?;
        Ok(Self { hq, ledger: Sqlite::open(&folder())? })
    }
}

impl Deref for Program {
    type Target = Hq;

    fn deref(&self) -> &Hq {
        &self.hq
    }
}

/// HQ's machine and the program on it.
pub(crate) struct Headquarters {
    pub(crate) program: Option<Program>,
    pub(crate) off_ms: i64,
    /// The highest mark that was signed for each stream since HQ's disk is what it is.
    signed: BTreeMap<(TerminalId, Epoch), Seq>,
    plant: Option<Plant>,
    /// HQ's key file, which is not in its database's backups.
    sealing: Vec<SealingSecret>,
    /// Amendments that were folded when it was last looked.
    amended: i64,
}

/// What HQ answers, or that it could not.
pub(crate) type Answer = (u16, Vec<u8>);

impl Headquarters {
    /// HQ as it was founded, running.
    pub(crate) fn new(plant: Option<Plant>) -> Self {
        disk::of(MACHINE, |disk| disk.restore(&founded().image));
        let program = Program::open().expect("a good disk");
        let sealing = program.hq.keys.sealing.clone();
        let signed = BTreeMap::new();
        Self { program: Some(program), off_ms: 0, signed, plant, sealing, amended: 0 }
    }

    fn wall_ms(&self, now: u64) -> i64 {
        MORNING_MS + now.cast_signed() + self.off_ms
    }

    /// Starts the program. `Ok(Some(_))` says what HQ signed and no longer has.
    pub(crate) fn start(&mut self) -> Result<Option<String>, HqError> {
        let mut hq = Program::open()?;
        hq.hq.keys.sealing.clone_from(&self.sealing);
        let mut lost = None;
        for ((terminal, epoch), signed) in &self.signed {
            let sql = "SELECT mark FROM stream WHERE terminal = ?1 AND epoch = ?2";
            let mark = hq.db.query_row(sql, [&terminal.0, &epoch.0], |row| row.get::<_, i64>(0));
            let mark = match mark {
                Ok(mark) => mark.unsigned_abs(),
                Err(rusqlite::Error::QueryReturnedNoRows) => 0,
                Err(cause) => {
                    return Err(HqError::Store(StoreError::Sql { path: folder(), cause }));
                }
            };
            if mark < signed.0 {
                lost = Some(format!("HQ signed for event {signed} and has {mark} after a stop"));
            }
        }
        self.program = Some(hq);
        Ok(lost)
    }

    /// The disk goes back to `image`; the program stops.
    pub(crate) fn restore(&mut self, image: &Image) {
        self.program = None;
        self.signed.clear();
        disk::of(MACHINE, |disk| {
            disk.restore(image);
            disk.start();
        });
    }

    /// Answers a request as the routes do; `None` if the program is off.
    pub(crate) fn answer(&mut self, now: u64, request: &Request) -> Option<Answer> {
        let (wall_ms, today) = (self.wall_ms(now), self.today(now));
        let hq = self.program.as_mut()?;
        let parts: Vec<&str> = request.path.trim_start_matches("/v1/t/").split('/').collect();
        let answer = match parts[..] {
            [terminal, "care-list"] => {
                care_list(hq, wall_ms, today, terminal.parse().ok()?, &request.body)
            }
            [terminal, epoch, range] => {
                let (first, last) = range.split_once('-')?;
                let (terminal, epoch) = (terminal.parse().ok()?, epoch.parse().ok()?);
                let (first, last) = (Seq(first.parse().ok()?), Seq(last.parse().ok()?));
                let range = Range { terminal, epoch, first, last };
                self.upload(wall_ms, &range, &request.body)
            }
            _ => None,
        };
        Some(answer.unwrap_or((500, b"headquarters has a problem\n".to_vec())))
    }

    fn upload(&mut self, wall_ms: i64, range: &Range, body: &[u8]) -> Option<Answer> {
        let hq = self.program.as_mut()?;
        let before = (self.plant == Some(Plant::AckBeforeCommit))
            .then(|| disk::of(MACHINE, |disk| disk.image()));
        let taken = ledger::take(&hq.ledger, wall_ms, range, body.to_vec()).ok()?;
        let answer = match taken {
            Taken::Receipt(receipt) => {
                let signed = self.signed.entry((receipt.terminal, receipt.epoch)).or_default();
                *signed = (*signed).max(receipt.mark.seq);
                (200, receipt.sign(&hq.keys.signing))
            }
            Taken::Refusal(refusal) => (409, refusal.sign(&hq.keys.signing)),
        };
        // Planted: the answer is out, and one time in eight the commit behind it never happened.
        if let Some(before) = before.filter(|_| answer.1.last().is_some_and(|b| b % 8 == 0)) {
            self.program = None;
            disk::of(MACHINE, |disk| {
                disk.restore(&before);
                disk.stop(disk::Stop::Kill);
            });
        }
        Some(answer)
    }

    /// Opens one transaction's worth; `Ok(true)` if there may be more.
    pub(crate) fn open_step(&mut self) -> Result<bool, StepError> {
        let Some(program) = self.program.as_mut() else { return Ok(false) };
        let Some(due) = open::due(&program.hq, None)? else { return Ok(false) };
        let clear = due.read(&program.ledger)?;
        let more = !clear.is_empty();
        clear.fold(&mut program.hq, &mut open::Opened::default())?;
        self.amend_twice()?;
        Ok(more)
    }

    /// Planted: what an amendment changes is added once more.
    fn amend_twice(&mut self) -> rusqlite::Result<()> {
        let Some(program) = self.program.as_ref().filter(|_| self.plant == Some(Plant::AmendTwice))
        else {
            return Ok(());
        };
        let text = "SELECT count(*) FROM remark WHERE kind = 'amend'";
        let amended = program.db.query_row(text, [], |row| row.get(0))?;
        if amended > core::mem::replace(&mut self.amended, amended) {
            let text = "UPDATE sale SET total = total + (total - own_total)";
            program.db.execute(text, [])?;
        }
        Ok(())
    }
}

fn care_list(
    program: &mut Program,
    wall_ms: i64,
    today: i32,
    terminal: TerminalId,
    body: &[u8],
) -> Option<Answer> {
    let Program { hq, ledger } = program;
    open::open(hq, ledger).ok()?;
    let answered: Result<Care, CareError> =
        care::answer(hq, ledger, wall_ms, today, &terminal, body);
    Some(match answered.ok()? {
        Care::Page(body) => (200, body),
        Care::Refusal(refusal) => (409, refusal.sign(&hq.keys.signing)),
    })
}

fn folder() -> std::path::PathBuf {
    founded().folder.path().join("m0")
}
