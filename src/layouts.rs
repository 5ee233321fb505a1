//! The layouts of this store's tills, a TOML file each in `state_dir/layouts`.
//!
//! ```text
//! layouts/till-1.1.toml   layouts/till-1.2.toml   layouts/till-2.1.toml
//! ```
//!
//! A person may edit a file; it is read again when it has changed. A file that cannot be read is
//! left alone, told, and not used.
//!
//! Not here: what is in them (`sale::layout`).

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::sale::layout::{Layout, Learned, Learner};

/// What stands at the head of a file.
const HEAD: &str = "\
# How this till writes its receipts: learned from receipts whose sums prove them, or taught.
# 本收银台小票的版式:由算得通的小票学来,或由人教来。可以改,改了即生效。
# amounts: a label and what the amount beside it is (total, subtotal, discount, tax, tender, change, …)
# fields:  a label and what the text beside it is (receipt_no, cashier, member_phone, …)
# Labels are written without digits, spaces and signs.
";

/// Why layouts cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LayoutsError {
    /// The system refused.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A file is no layout; the text names line and key.
    #[error("{path}: {message}")]
    Toml {
        /// The file.
        path: PathBuf,
        /// What TOML says.
        message: String,
    },
    /// There is no layout of this name.
    #[error("there is no layout {0}; `huitou layout list` shows them")]
    Unknown(String),
}

/// One till's layouts and what it learned since the start.
#[derive(Debug, Default)]
struct Till {
    layouts: Vec<Layout>,
    names: Vec<String>,
    learner: Learner,
}

/// All layouts of a store.
#[derive(Debug)]
pub struct Layouts {
    dir: PathBuf,
    tills: BTreeMap<String, Till>,
    /// How many files there were, and when the last of them was written.
    changed: (usize, Option<SystemTime>),
}

impl Layouts {
    /// Reads what is in `state_dir/layouts`; a file that is no layout is told on stderr.
    #[must_use]
    pub fn open(state_dir: &Path) -> Self {
        let dir = state_dir.join("layouts");
        let mut layouts = Self { dir, tills: BTreeMap::new(), changed: (0, None) };
        layouts.reload();
        layouts
    }

    /// The layouts of a till, read again if a file has changed.
    pub fn of(&mut self, till: &str) -> Vec<Layout> {
        if self.newest() != self.changed {
            self.reload();
        }
        self.tills.get(till).map(|till| till.layouts.clone()).unwrap_or_default()
    }

    /// Keeps what a till has learned.
    ///
    /// # Errors
    ///
    /// [`LayoutsError`] if it cannot be written; it is learned again then.
    pub fn learn(
        &mut self,
        till: &str,
        taken: impl FnOnce(&mut Learner, &[Layout]) -> Learned,
    ) -> Result<(), LayoutsError> {
        let Till { layouts, names, learner } = self.tills.entry(till.to_owned()).or_default();
        match taken(learner, layouts) {
            Learned::Nothing => return Ok(()),
            Learned::Layout { at, layout } => {
                let number = |name: &String| name.rsplit('.').next().and_then(|n| n.parse().ok());
                let next = names.iter().filter_map(number).max().unwrap_or(0_u32) + 1;
                let name = names.get(at).cloned().unwrap_or_else(|| format!("{till}.{next}"));
                write(&self.dir, &name, &layout)?;
            }
            Learned::Drift(at) => {
                let Some(name) = names.get(at) else { return Ok(()) };
                eprintln!("huitou: layout {name} proves nothing any more; it is learned anew");
                put_aside(&self.dir, name)?;
            }
        }
        self.reload();
        Ok(())
    }

    /// Writes a layout that a person taught, in place of the one at `at` or as a new one.
    ///
    /// # Errors
    ///
    /// [`LayoutsError`] if it cannot be written.
    pub fn teach(
        &mut self,
        till: &str,
        at: Option<usize>,
        layout: Layout,
    ) -> Result<(), LayoutsError> {
        let at = at.unwrap_or(usize::MAX);
        self.learn(till, |_, layouts| Learned::Layout {
            at: at.min(layouts.len()),
            layout: Box::new(layout),
        })
    }

    fn newest(&self) -> (usize, Option<SystemTime>) {
        let files = fs::read_dir(&self.dir).into_iter().flatten().flatten();
        let times: Vec<Option<SystemTime>> =
            files.map(|file| file.metadata().ok()?.modified().ok()).collect();
        (times.len(), times.into_iter().flatten().max())
    }

    fn reload(&mut self) {
        self.changed = self.newest();
        for till in self.tills.values_mut() {
            (till.layouts, till.names) = (Vec::new(), Vec::new());
        }
        for name in names(&self.dir) {
            let layout = match read(&self.dir, &name) {
                Ok(layout) => layout,
                Err(error) => {
                    eprintln!("huitou: this layout is not used: {error}");
                    continue;
                }
            };
            let till = name.rsplit_once('.').map_or(name.as_str(), |(till, _)| till);
            let till = self.tills.entry(till.to_owned()).or_default();
            till.layouts.push(layout);
            till.names.push(name);
        }
    }
}

/// The names of the layouts in `dir`, sorted.
#[must_use]
pub fn names(dir: &Path) -> Vec<String> {
    let files = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut names: Vec<String> = files
        .filter_map(|file| file.file_name().to_str()?.strip_suffix(".toml").map(str::to_owned))
        .collect();
    names.sort();
    names
}

/// Reads one layout.
///
/// # Errors
///
/// [`LayoutsError`] if there is none of this name or it is none.
pub fn read(dir: &Path, name: &str) -> Result<Layout, LayoutsError> {
    let path = file(dir, name)?;
    if !path.exists() {
        return Err(LayoutsError::Unknown(name.to_owned()));
    }
    load(&path)
}

/// Reads a layout from any file.
///
/// # Errors
///
/// [`LayoutsError`].
pub fn load(path: &Path) -> Result<Layout, LayoutsError> {
    let text = fs::read_to_string(path)
        .map_err(|source| LayoutsError::Io { path: path.into(), source })?;
    let wrong = |error: toml::de::Error| error.to_string().trim_end().to_owned();
    toml::from_str(&text)
        .map_err(|error| LayoutsError::Toml { path: path.into(), message: wrong(error) })
}

/// Writes one layout: the whole file or nothing.
///
/// # Errors
///
/// [`LayoutsError`].
pub fn write(dir: &Path, name: &str, layout: &Layout) -> Result<(), LayoutsError> {
    let path = file(dir, name)?;
    let failed = |source| LayoutsError::Io { path: path.clone(), source };
    let text = toml::to_string(layout)
        .map_err(|error| LayoutsError::Toml { path: path.clone(), message: error.to_string() })?;
    fs::create_dir_all(dir).map_err(failed)?;
    let new = path.with_extension("new");
    fs::write(&new, format!("{HEAD}{text}")).map_err(failed)?;
    fs::rename(new, &path).map_err(failed)
}

/// Puts one layout aside as `NAME.old`: a person may look at it.
fn put_aside(dir: &Path, name: &str) -> Result<(), LayoutsError> {
    let path = file(dir, name)?;
    fs::rename(&path, path.with_extension("old"))
        .map_err(|source| LayoutsError::Io { path, source })
}

/// Deletes one layout; it is learned again if the till still prints so.
///
/// # Errors
///
/// [`LayoutsError`].
pub fn forget(dir: &Path, name: &str) -> Result<(), LayoutsError> {
    let path = file(dir, name)?;
    fs::remove_file(&path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => LayoutsError::Unknown(name.to_owned()),
        _ => LayoutsError::Io { path, source },
    })
}

/// A layout's file. A name is a till's and a number: it leads nowhere else.
fn file(dir: &Path, name: &str) -> Result<PathBuf, LayoutsError> {
    let plain = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '-' | '_' | '.');
    match name.chars().all(plain) && !name.starts_with('.') && !name.is_empty() {
        true => Ok(dir.join(format!("{name}.toml"))),
        false => Err(LayoutsError::Unknown(name.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sale::Part;

    fn layout(label: &str) -> Layout {
        Layout {
            labels: ["合计", "现金", "找零"].map(str::to_owned).into(),
            amounts: [(label.to_owned(), Part::Total)].into(),
            ..Layout::default()
        }
    }

    #[test]
    fn a_taught_layout_is_there_after_a_restart_and_an_edit_counts_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let mut layouts = Layouts::open(dir.path());
        layouts.teach("till-1", None, layout("实结")).unwrap();
        assert_eq!(Layouts::open(dir.path()).of("till-1"), [layout("实结")]);
        assert_eq!(layouts.of("till-2"), []);
        let path = dir.path().join("layouts/till-1.1.toml");
        let text = fs::read_to_string(&path).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(20)); // a file's time has a grain
        fs::write(&path, text.replace("实结", "应收")).unwrap();
        assert_eq!(layouts.of("till-1"), [layout("应收")]);
        forget(&dir.path().join("layouts"), "till-1.1").unwrap();
        assert_eq!(layouts.of("till-1"), []);
    }

    #[test]
    fn a_broken_file_is_left_alone_and_a_name_leads_nowhere_else() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("layouts")).unwrap();
        let path = dir.path().join("layouts/till-1.1.toml");
        fs::write(&path, "amounts = 3").unwrap();
        assert_eq!(Layouts::open(dir.path()).of("till-1"), []);
        assert!(path.exists());
        for name in ["../x", "", ".x", "a/b"] {
            assert!(matches!(read(dir.path(), name), Err(LayoutsError::Unknown(_))), "{name}");
        }
    }
}
