//! A whole small chain: HQ, agent, bridge and printer, in a temporary folder.
//!
//! Not here: receipts (`till`), what happens on the day (the tests).

use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::http;
use crate::port;
use crate::printer::{Job, Printer};
use crate::programs::{Running, done, signal};
use crate::till::{self, Receipt};
use crate::wait::{until, until_true};

/// Until when a cut may wait where a test is about the note and not about the time: the machine
/// may be busy with many shops at once.
const LONG_HOLD_MS: &str = "20000";

/// The bridges' names.
pub(crate) const FIRST: &str = "till-1";
const SECOND: &str = "till-2";

/// Whose process the bridge is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum BridgeOf {
    /// It holds a cut as long as in a real shop.
    TheAgent,
    /// It holds a cut for long.
    TheTest,
    /// There is none: the test plays it (`bridge_peer`).
    Nobody,
}

/// How a shop is set up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    /// `note.enabled`.
    pub(crate) notes: bool,
    pub(crate) bridge: BridgeOf,
    /// Enrol before the agent starts.
    pub(crate) enrolled: bool,
    /// A second till with a printer of its own; its bridge is always the agent's.
    pub(crate) two_tills: bool,
}

impl Default for Setting {
    fn default() -> Self {
        Self { notes: true, bridge: BridgeOf::TheTest, enrolled: true, two_tills: false }
    }
}

/// The chain.
pub(crate) struct Shop {
    agent: Option<Running>,
    bridge: Option<Running>,
    hq: Running,
    hq_address: HqAddress,
    page: Option<SocketAddr>,
    pub(crate) till: SocketAddr,
    pub(crate) printer: Printer,
    /// The second till's port and printer.
    pub(crate) second: Option<(SocketAddr, Printer)>,
    dir: TempDir,
}

impl Shop {
    pub(crate) fn open() -> Self {
        Self::with(Setting::default())
    }

    pub(crate) fn with(setting: Setting) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (hq, hq_address) = start_hq(dir.path(), "hq");
        let mut shop = Self {
            agent: None,
            bridge: None,
            hq,
            hq_address,
            page: None,
            till: port::free(),
            printer: Printer::on(),
            second: setting.two_tills.then(|| (port::free(), Printer::on())),
            dir,
        };
        shop.write_config(&setting);
        if setting.bridge == BridgeOf::TheTest {
            shop.start_bridge();
        }
        if setting.enrolled {
            shop.enrol();
        }
        if setting.enrolled && setting.bridge != BridgeOf::Nobody {
            shop.start_agent();
        }
        shop
    }

    fn write_config(&self, setting: &Setting) {
        let mut text = format!(
            "state_dir = {:?}\n[store]\nname = \"云裳坊 湖滨店\"\nphone = \"0571-8765-4321\"\n\
             associate = \"小陈\"\nservice_phone = \"400-800-1234\"\n\
             [page]\nlisten = \"127.0.0.1:0\"\n[sync]\nautomatic = false\n\
             [note]\nenabled = {}\n",
            self.state_dir(),
            setting.notes,
        );
        text +=
            &bridge_config(FIRST, self.till, &self.printer, setting.bridge == BridgeOf::TheAgent);
        if let Some((till, printer)) = &self.second {
            text += &bridge_config(SECOND, *till, printer, true);
        }
        std::fs::write(self.path("huitou.toml"), text).unwrap();
    }

    fn start_bridge(&mut self) {
        let link = format!("unix:{}", self.socket(FIRST).display());
        let (pos, printer) =
            (format!("tcp-listen:{}", self.till), format!("tcp:{}", self.printer.address));
        let arguments = ["--pos", &pos, "--printer", &printer, "--link", &link, "--hold-max"];
        let arguments = [&arguments[..], &[LONG_HOLD_MS]].concat();
        let log = self.path("bridge.log");
        self.bridge = Some(Running::start("huitou-bridge", &arguments, &log));
        until_true("the bridge", || self.socket(FIRST).exists());
    }

    /// Enrols this till with a new code.
    pub(crate) fn enrol(&self) {
        let code = enrol_code(&self.path("hq"));
        self.enrol_with(&code);
    }

    pub(crate) fn enrol_with(&self, code: &str) {
        let url = self.hq_url();
        done("huitou", &["enrol", "--config", &self.config(), "--hq", &url, "--code", code]);
    }

    /// Starts the agent and waits until the line to its bridge stands.
    pub(crate) fn start_agent(&mut self) {
        self.start_agent_unwatched();
        self.await_agent();
    }

    /// Starts the agent and waits for nothing.
    pub(crate) fn start_agent_unwatched(&mut self) {
        let log = self.path("agent.log");
        self.page = None;
        let arguments = ["run", "--config", &self.config()];
        self.agent = Some(Running::start("huitou", &arguments, &log));
    }

    /// Starts the agent with a variable in its environment and waits for nothing.
    pub(crate) fn start_agent_with(&mut self, variable: &str, value: &Path) {
        let log = self.path("agent.log");
        self.page = None;
        let arguments = ["run", "--config", &self.config()];
        self.agent = Some(Running::start_in("huitou", &arguments, &log, variable, value));
    }

    /// Waits until the agent serves its page and hears its bridge.
    pub(crate) fn await_agent(&mut self) {
        self.await_page();
        until_true("the line to each bridge", || {
            let state = self.state();
            let tills = state["tills"].as_array();
            tills.is_some_and(|tills| tills.iter().all(|till| till["line_up"] == json!(true)))
        });
    }

    /// Waits until the agent serves its page.
    pub(crate) fn await_page(&mut self) {
        let agent = self.agent.as_ref().unwrap();
        let page = until("the cashier's page", || address_in(&agent.said()));
        self.page = Some(page);
    }

    pub(crate) fn kill_agent(&mut self) {
        if let Some(mut agent) = self.agent.take() {
            agent.kill();
        }
        self.page = None;
    }

    /// What the agent said since it was started.
    pub(crate) fn agent_said(&self) -> String {
        self.agent.as_ref().map(Running::said).unwrap_or_default()
    }

    /// Adds to the configuration, for the agent's next start.
    pub(crate) fn add_config(&self, text: &str) {
        let before = std::fs::read_to_string(self.config()).unwrap();
        std::fs::write(self.config(), before + text).unwrap();
    }

    pub(crate) fn agent_pid(&self) -> u32 {
        self.agent.as_ref().unwrap().pid()
    }

    /// The bridge's process, as the agent knows it.
    pub(crate) fn bridge_pid(&self) -> u32 {
        u32::try_from(self.state()["tills"][0]["pid"].as_u64().unwrap()).unwrap()
    }

    pub(crate) fn page(&self) -> SocketAddr {
        self.page.expect("the agent runs")
    }

    /// What the cashier's page shows; null while it does not answer.
    pub(crate) fn state(&self) -> Value {
        http::get(self.page(), "/api/state").map_or(Value::Null, |answer| answer.json())
    }

    /// Tells the cashier's page something that it is to take.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Value {
        let answer = http::post(self.page(), path, body).unwrap();
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.json()
    }

    /// The papers that the page shows, newest first.
    pub(crate) fn papers(&self) -> Vec<Value> {
        self.state()["papers"].as_array().cloned().unwrap_or_default()
    }

    /// How many slips the agent has written down.
    pub(crate) fn slips_taken(&self) -> u64 {
        self.papers().iter().filter_map(|paper| paper["id"].as_u64()).max().unwrap_or(0)
    }

    /// Prints a job and waits until it is on the paper and the agent has written `slips` more.
    pub(crate) fn print(&self, job: &[u8], slips: u64) -> Job {
        let (before, jobs) = (self.slips_taken(), self.printer.jobs().len());
        till::print(self.till, job);
        let printed = self.printer.job(jobs + 1);
        self.await_slips(before + slips);
        printed
    }

    /// Rings up a sale.
    pub(crate) fn ring_up(&self, receipt: &Receipt) -> Job {
        self.print(&receipt.bytes(), 1)
    }

    pub(crate) fn await_slips(&self, count: u64) {
        until_true(&format!("slip {count} to be written down"), || self.slips_taken() >= count);
    }

    /// Sends everything to HQ and brings what HQ has.
    pub(crate) fn sync(&self) {
        self.post("/api/sync", &json!({}));
    }

    /// `kill -9` of HQ: nobody answers any more.
    pub(crate) fn stop_hq(&mut self) {
        self.hq.kill();
    }

    /// `kill -9` of HQ, and HQ again at the same address.
    pub(crate) fn restart_hq(&mut self) {
        self.hq.kill();
        self.hq = serve_hq(self.dir.path(), "hq", self.hq_address);
    }

    /// HQ's sales, in the order in which the till wrote them.
    pub(crate) fn sales(&self) -> Vec<Value> {
        let mut sales = self.listed("sales");
        sales.sort_by_key(|sale| sale["seq"].as_u64());
        sales
    }

    /// HQ's one sale with this receipt number.
    pub(crate) fn sale(&self, no: &str) -> Value {
        let mut sales = self.sales();
        sales.retain(|sale| sale["receipt_no"] == json!(no));
        assert_eq!(sales.len(), 1, "{no}: {sales:#?}");
        sales.remove(0)
    }

    /// What a command of HQ's lists.
    pub(crate) fn listed(&self, what: &str) -> Vec<Value> {
        let text = done("huitou-hq", &[what, "--json", "--dir", &text(&self.path("hq"))]);
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub(crate) fn hq_url(&self) -> String {
        format!("https://{}", self.hq_address.tills)
    }

    pub(crate) fn config(&self) -> String {
        text(&self.path("huitou.toml"))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn state_dir(&self) -> PathBuf {
        self.path("till")
    }

    pub(crate) fn socket(&self, bridge: &str) -> PathBuf {
        self.state_dir().join("link").join(format!("{bridge}.sock"))
    }
}

fn bridge_config(name: &str, till: SocketAddr, printer: &Printer, start: bool) -> String {
    format!(
        "[[bridge]]\nname = \"{name}\"\npos = \"tcp-listen:{till}\"\nprinter = \"tcp:{}\"\n\
         start = {start}\n",
        printer.address
    )
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.kill_agent();
        // A bridge that the agent started outlives it on purpose; whose socket it is says who.
        for name in [FIRST, SECOND].into_iter().skip(self.bridge.iter().count()) {
            if let Ok(wire) = UnixStream::connect(self.socket(name))
                && let Ok(peer) = rustix::net::sockopt::socket_peercred(&wire)
            {
                let pid = u32::try_from(peer.pid.as_raw_nonzero().get()).unwrap_or_default();
                signal("-9", pid);
            }
        }
    }
}

/// Starts a new HQ in a folder of `dir`.
pub(crate) fn start_hq(dir: &Path, name: &str) -> (Running, HqAddress) {
    done("huitou-hq", &["init", "--dir", &text(&dir.join(name))]);
    let address = HqAddress { pages: port::free(), tills: port::free() };
    (serve_hq(dir, name, address), address)
}

/// Where an HQ listens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HqAddress {
    pages: SocketAddr,
    /// Over TLS.
    tills: SocketAddr,
}

fn serve_hq(dir: &Path, name: &str, address: HqAddress) -> Running {
    let (folder, log) = (text(&dir.join(name)), dir.join(format!("{name}.log")));
    let (pages, tills) = (address.pages.to_string(), address.tills.to_string());
    let arguments = ["serve", "--dir", &folder, "--listen", &pages, "--tills", &tills];
    let hq = Running::start("huitou-hq", &arguments, &log);
    until("HQ to listen", || address_in(&hq.said()));
    hq
}

/// A fresh enrolment code of an HQ: what it prints, the word with the most dashes.
pub(crate) fn enrol_code(hq: &Path) -> String {
    let said = done("huitou-hq", &["enrol-code", "--dir", &text(hq), "--store", "云裳坊 湖滨店"]);
    let dashes = |word: &&str| word.matches('-').count();
    said.split_whitespace().max_by_key(dashes).unwrap().to_owned()
}

/// The last `http://ADDRESS` in what a program said.
fn address_in(said: &str) -> Option<SocketAddr> {
    let after = said.rsplit_once("http://")?.1;
    let (address, _) = after.split_once(['/', '\n', ' '])?;
    address.parse().ok()
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}
