//! `huitou`: the agent on a till, and the commands around it.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand, ValueEnum};
use huitou::config::{self, Config, Language};
use huitou::page::access::command::{self, PinAction, TokenAction};
use huitou::paper::{self, Width};
use huitou::receipt::code_page::Charset;
use huitou::{
    bridges, check, demo, enrol, keys_command, layout_command, layouts, note_command, plain_pipe,
    read, run,
};

/// 回头 Huitou: turns every receipt into a regular customer.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    /// The configuration; default: ./huitou.toml, else /etc/huitou/huitou.toml.
    #[arg(long, short, global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Starts the agent: bridges, cashier's page, sync.
    Run,
    /// Enrols this till at HQ with a one-time code.
    Enrol {
        /// Where HQ is, e.g. https://hq.example.
        #[arg(long)]
        hq: String,
        /// The code that `huitou-hq enrol-code` printed.
        #[arg(long)]
        code: String,
        /// Enrols this box anew though it holds events of the till that it was, which are not sent then.
        #[arg(long)]
        leave_unsent: bool,
    },
    /// Talks to HQ now.
    Sync,
    /// Says in words what works and what to do.
    Check,
    /// Says what would be read from recorded jobs or rows of text, as JSON lines.
    Read {
        /// What the files hold.
        #[arg(long, value_enum, default_value = "escpos")]
        format: Format,
        /// Shows the paper with what each row was taken for, the equations and the doubts.
        #[arg(long)]
        explain: bool,
        /// Each receipt teaches the ones after it; "till" or "shop" in a sample says whose it is.
        #[arg(long)]
        learn: bool,
        /// A layout to read by, as `huitou layout show` prints it; may be given several times.
        #[arg(long)]
        layout: Vec<PathBuf>,
        /// English instead of Chinese.
        #[arg(long)]
        english: bool,
        /// Recorded jobs, or JSONL with {"id","lines"}.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// How each till writes its receipts, learned or taught.
    Layout {
        #[command(subcommand)]
        action: layout_command::Action,
    },
    /// Shows the note that a receipt would get, and why; checks a rules file.
    Note(note_command::Arguments),
    /// What is known of each style number.
    Styles {
        #[command(subcommand)]
        action: StylesAction,
    },
    /// Tokens of tills that can call out.
    Token {
        #[command(subcommand)]
        action: TokenAction,
    },
    /// The manager's PIN.
    Pin {
        #[command(subcommand)]
        action: PinAction,
    },
    /// Who releases the keys at a start, and what that protects from.
    Keys {
        #[command(subcommand)]
        action: keys_command::Action,
    },
    /// A virtual receipt printer with a web page.
    Paper(PaperArguments),
    /// A whole small chain in a temporary folder, with a day of sales.
    Demo {
        /// Ends after the table; status 0 when all is as expected.
        #[arg(long)]
        once: bool,
        /// English instead of Chinese.
        #[arg(long)]
        english: bool,
    },
    /// Prints the configuration with every key and what it means.
    ExampleConfig,
}

#[derive(Subcommand)]
enum StylesAction {
    /// Reads a CSV list: 款号 (style), 品类 (category), 面料 (fibre), 洗标 (care), in UTF-8 or GB18030.
    Import {
        /// Says what would change and keeps nothing.
        #[arg(long)]
        dry_run: bool,
        /// The list.
        file: PathBuf,
    },
    /// What was sold that there is no washing and storage advice for, the most sold first.
    Missing,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// Printer bytes.
    Escpos,
    /// JSONL of text rows.
    Lines,
}

#[derive(clap::Args)]
struct PaperArguments {
    /// Where it takes jobs.
    #[arg(long, default_value = "127.0.0.1:9101")]
    listen: SocketAddr,
    /// Where the roll is shown.
    #[arg(long, default_value = "127.0.0.1:8611")]
    web: SocketAddr,
    /// Paper width in mm: 58 or 80.
    #[arg(long, default_value_t = 80)]
    width: u8,
    /// What it prints when a job names no code page: gb18030, big5, shift-jis, euc-kr, utf-8, cp437.
    #[arg(long, default_value = "gb18030")]
    charset: String,
    /// Renders FILE into this PNG and ends.
    #[arg(long, requires = "file")]
    png: Option<PathBuf>,
    /// A recorded job, for --png.
    file: Option<PathBuf>,
}

fn main() -> ExitCode {
    match Arguments::parse().run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("huitou: {}", in_words(&error));
            ExitCode::from(2)
        }
    }
}

impl Arguments {
    fn run(self) -> anyhow::Result<ExitCode> {
        match &self.command {
            Command::Run => {
                let config = self.config().inspect_err(|_| receipts_first())?;
                block_on(run::run(config))??;
            }
            Command::Enrol { hq, code, leave_unsent } => {
                let config = self.config()?;
                let store = block_on(enrol::enrol(&config, hq, code, *leave_unsent))??;
                print(&format!("已登记到 / enrolled at: {store}\n"));
            }
            Command::Sync => {
                let config = self.config()?;
                let said = block_on(run::sync(&config))??;
                let text = match config.language {
                    Language::Chinese => {
                        format!("已送达总部 {} 条,收到 {} 页\n", said.sent, said.pages)
                    }
                    Language::English => {
                        format!("{} events sent, {} pages received\n", said.sent, said.pages)
                    }
                };
                print(&text);
            }
            Command::Check => {
                let report = block_on(check::check(&self.config()?))?;
                print(&report.text);
                return Ok(if report.good { ExitCode::SUCCESS } else { ExitCode::FAILURE });
            }
            Command::Read { format, explain, learn, layout, english, files } => {
                let format = match format {
                    Format::Escpos => read::Format::Escpos,
                    Format::Lines => read::Format::Lines,
                };
                let language = if *english { Language::English } else { Language::Chinese };
                let layouts: Result<_, _> = layout.iter().map(|file| layouts::load(file)).collect();
                let options = read::Options {
                    format,
                    layouts: layouts?,
                    learn: *learn,
                    explain: explain.then_some(language),
                };
                read::run(&options, files, &mut io::BufWriter::new(io::stdout().lock()))?;
            }
            Command::Layout { action } => {
                let config = self.config()?;
                print(&layout_command::run(&config.state_dir, config.language, action)?);
            }
            Command::Note(arguments) => {
                let is_there = self.config.is_some() || self.usual_config().exists();
                let config = is_there.then(|| self.config()).transpose()?;
                print(&note_command::run(config.as_ref(), arguments)?);
            }
            Command::Styles { action: StylesAction::Import { dry_run, file } } => {
                let config = self.config()?;
                let (dir, language) = (&config.state_dir, config.language);
                print(&note_command::import_styles(dir, language, file, *dry_run)?);
            }
            Command::Styles { action: StylesAction::Missing } => {
                print(&note_command::missing_advice(&self.config()?)?);
            }
            Command::Token { action } => {
                let config = self.config()?;
                print(&command::token(&config.state_dir, config.language, action)?);
            }
            Command::Pin { action } => {
                let config = self.config()?;
                print(&command::pin(&config.state_dir, config.language, action)?);
            }
            Command::Keys { action } => {
                print(&block_on(keys_command::run(&self.config()?, *action))??);
            }
            Command::Paper(arguments) => arguments.run()?,
            Command::Demo { once, english } => {
                let language = if *english { Language::English } else { Language::Chinese };
                let as_expected = block_on(demo::demo(language, *once))??;
                return Ok(if as_expected { ExitCode::SUCCESS } else { ExitCode::FAILURE });
            }
            Command::ExampleConfig => print(config::EXAMPLE),
        }
        Ok(ExitCode::SUCCESS)
    }

    fn config(&self) -> anyhow::Result<Config> {
        Ok(Config::load(&self.usual_config())?)
    }

    fn usual_config(&self) -> PathBuf {
        let local = PathBuf::from("huitou.toml");
        let system = PathBuf::from("/etc/huitou/huitou.toml");
        self.config.clone().unwrap_or(if local.exists() { local } else { system })
    }
}

impl PaperArguments {
    fn run(&self) -> anyhow::Result<()> {
        let charset = charset(&self.charset)?;
        let width = match self.width {
            58 => Width::Mm58,
            80 => Width::Mm80,
            other => anyhow::bail!("--width {other}: paper is 58 or 80 mm wide"),
        };
        if let (Some(png), Some(file)) = (&self.png, &self.file) {
            let job = std::fs::read(file).with_context(|| file.display().to_string())?;
            let picture = paper::render_file(&job, width, charset)?;
            return std::fs::write(png, picture).with_context(|| png.display().to_string());
        }
        let options = paper::Options { listen: self.listen, web: Some(self.web), width, charset };
        block_on(paper::serve(options, |bound| {
            let web = bound.web.map(|web| format!("http://{web}/")).unwrap_or_default();
            print(&format!("虚拟打印机 / virtual printer: {}  {web}\n", bound.listen));
        }))??;
        Ok(())
    }
}

/// The settings cannot be read: receipts print all the same, on the ports that worked last.
fn receipts_first() {
    let dir = plain_pipe::usual_state_dir();
    let count = plain_pipe::start_all(&bridges::program("huitou-bridge"), &dir);
    if count > 0 {
        eprintln!("huitou: {count} plain pipe(s) started on the last good ports: no notes");
    }
}

/// An error and what caused it, each thing said once.
fn in_words(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |said, cause| {
        match (said.is_empty(), said.contains(&cause)) {
            (true, _) => cause,
            (false, true) => said,
            (false, false) => format!("{said}: {cause}"),
        }
    })
}

fn charset(name: &str) -> anyhow::Result<Charset> {
    let name: config::CharsetName =
        serde_json::from_value(name.into()).with_context(|| format!("--charset {name}"))?;
    Ok(name.into())
}

fn block_on<F: Future>(future: F) -> anyhow::Result<F::Output> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(future))
}

#[allow(clippy::print_stdout)] // this is the program's own voice
fn print(text: &str) {
    print!("{text}");
}
