//! SQLite's way to the disks of `disk`: the default file system of this test program.
//!
//! ```text
//! …/m2/store.db ─ xOpen ─▶ machine 2's file "store.db"      path: the folder's name says whose
//! ```
//!
//! So the programs open their databases as they do in a shop, WAL, shared memory and all. Connections of
//! one program share a file's memory, and take turns: one thread does everything.
//!
//! Not here: what a cut or a full disk does (`disk`).

// SQLite asks for C functions over raw pointers; there is no other way in.
#![allow(unsafe_code)]
// Its sizes and places are signed and never below zero.
#![allow(clippy::cast_possible_wrap, clippy::cast_sign_loss)]

use core::ffi::{CStr, c_char, c_int, c_void};
use core::mem::{size_of, zeroed};
use core::ptr;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Once;

use rusqlite::ffi;

use crate::disk::{self, Failed, Open};
use crate::entropy;

/// Bytes of one region of shared memory, as SQLite asks for them.
const REGION: usize = 32 * 1024;

/// An open file as SQLite holds it: its own head, then ours.
#[repr(C)]
struct SimFile {
    head: ffi::sqlite3_file,
    open: *mut Handle,
}

struct Handle {
    open: Open,
    place: Place,
    /// It uses the file's shared memory.
    mapped: bool,
}

/// Whose file, and what it is called.
type Place = (usize, String);

/// What the connections to one database share.
#[derive(Default)]
struct Shared {
    /// Aligned for the numbers in it; SQLite keeps pointers to each until it unmaps them.
    regions: Vec<Box<[u64; REGION / 8]>>,
    users: usize,
}

thread_local! {
    static SHARED: RefCell<BTreeMap<Place, Shared>> = const { RefCell::new(BTreeMap::new()) };
    /// How many handles each file has.
    static OPEN: RefCell<BTreeMap<Place, usize>> = const { RefCell::new(BTreeMap::new()) };
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// Makes the disks the place where every database of this program lies.
pub(crate) fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: SQLite keeps the pointer for the life of the program, and the table is leaked; an
        // all-zero table is one without functions and without neighbours.
        let registered = unsafe {
            let table: &'static mut ffi::sqlite3_vfs = Box::leak(Box::new(zeroed()));
            table.iVersion = 1;
            table.szOsFile = size_of::<SimFile>() as c_int;
            table.mxPathname = 512;
            table.zName = c"simulated".as_ptr();
            table.xOpen = Some(open);
            table.xDelete = Some(delete);
            table.xAccess = Some(access);
            table.xFullPathname = Some(full_pathname);
            table.xRandomness = Some(randomness);
            table.xSleep = Some(sleep);
            table.xCurrentTime = Some(current_time);
            table.xGetLastError = Some(last_error);
            ffi::sqlite3_vfs_register(table, 1)
        };
        assert_eq!(registered, ffi::SQLITE_OK, "SQLite takes a file system");
    });
}

/// SQLite's own random numbers (the salt of a WAL) begin anew from this thread's stream.
pub(crate) fn reseed() {
    // SAFETY: a null buffer is how SQLite is told to forget what it drew.
    unsafe { ffi::sqlite3_randomness(0, ptr::null_mut()) }
}

/// Which machine's file a path means.
fn place(path: *const c_char) -> Option<(usize, String)> {
    if path.is_null() {
        return None;
    }
    // SAFETY: SQLite's names end with a zero byte and outlive the call.
    let path = unsafe { CStr::from_ptr(path) }.to_str().ok()?;
    let (folder, name) = path.rsplit_once('/')?;
    let machine = folder.rsplit_once("/m")?.1.parse().ok()?;
    Some((machine, name.to_owned()))
}

const fn code(failed: Failed, otherwise: c_int) -> c_int {
    match failed {
        Failed::Off => otherwise,
        Failed::Missing => ffi::SQLITE_IOERR,
        Failed::Full => ffi::SQLITE_FULL,
        Failed::Read => ffi::SQLITE_IOERR_READ,
        Failed::Sync => ffi::SQLITE_IOERR_FSYNC,
    }
}

fn said(result: Result<(), Failed>, otherwise: c_int) -> c_int {
    result.map_or_else(|failed| code(failed, otherwise), |()| ffi::SQLITE_OK)
}

/// # Safety
///
/// `file` is one that [`open`] opened and [`close`] has not closed.
unsafe fn handle<'a>(file: *mut ffi::sqlite3_file) -> &'a mut Handle {
    // SAFETY: by the above it begins with our head, and `open` points to a handle that nobody else
    // holds: SQLite uses a connection's files from one thread at a time.
    unsafe { &mut *(*file.cast::<SimFile>()).open }
}

extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    flags_out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives room for `szOsFile` bytes; without methods it does not close the file.
    unsafe { (*file).pMethods = ptr::null() };
    let Some((machine, name)) = place(name) else { return ffi::SQLITE_CANTOPEN };
    match disk::open(machine, &name, flags & ffi::SQLITE_OPEN_CREATE != 0) {
        Err(_) => ffi::SQLITE_CANTOPEN,
        Ok(open) => {
            let place = (machine, name);
            OPEN.with_borrow_mut(|open| *open.entry(place.clone()).or_default() += 1);
            let handle = Box::new(Handle { open, place, mapped: false });
            // SAFETY: as above, and `flags_out` is null or a number to write to.
            unsafe {
                (*file.cast::<SimFile>()).open = Box::into_raw(handle);
                (*file).pMethods = &METHODS;
                if !flags_out.is_null() {
                    *flags_out = flags;
                }
            }
            ffi::SQLITE_OK
        }
    }
}

extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: an open file, closed once: the handle came from a box and goes back into one.
    let handle = unsafe { Box::from_raw((*file.cast::<SimFile>()).open) };
    OPEN.with_borrow_mut(|open| {
        if let Some(count) = open.get_mut(&handle.place) {
            *count -= 1;
        }
    });
    ffi::SQLITE_OK
}

extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    into: *mut c_void,
    bytes: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    let wanted = bytes as usize;
    // SAFETY: an open file, and a buffer of `bytes` bytes.
    let (handle, into) =
        unsafe { (handle(file), core::slice::from_raw_parts_mut(into.cast::<u8>(), wanted)) };
    match handle.open.read(at as usize, into) {
        Ok(there) if there == wanted => ffi::SQLITE_OK,
        Ok(_) => ffi::SQLITE_IOERR_SHORT_READ,
        Err(failed) => code(failed, ffi::SQLITE_IOERR_READ),
    }
}

extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    from: *const c_void,
    bytes: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: an open file, and a buffer of `bytes` bytes.
    let (handle, from) =
        unsafe { (handle(file), core::slice::from_raw_parts(from.cast::<u8>(), bytes as usize)) };
    said(handle.open.write(at as usize, from), ffi::SQLITE_IOERR_WRITE)
}

extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: ffi::sqlite3_int64) -> c_int {
    // SAFETY: an open file.
    let handle = unsafe { handle(file) };
    said(handle.open.truncate(size as usize), ffi::SQLITE_IOERR_TRUNCATE)
}

extern "C" fn sync(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    // SAFETY: an open file.
    let handle = unsafe { handle(file) };
    said(handle.open.sync(), ffi::SQLITE_IOERR_FSYNC)
}

extern "C" fn file_size(file: *mut ffi::sqlite3_file, size: *mut ffi::sqlite3_int64) -> c_int {
    // SAFETY: an open file.
    let handle = unsafe { handle(file) };
    match handle.open.size() {
        Ok(bytes) => {
            // SAFETY: SQLite gives a number to write to.
            unsafe { *size = bytes as ffi::sqlite3_int64 };
            ffi::SQLITE_OK
        }
        Err(failed) => code(failed, ffi::SQLITE_IOERR_FSTAT),
    }
}

/// Locks are for threads and processes, and here is one of each. Only who is alone with a file may have
/// it for itself: by that SQLite knows the last connection, which cleans up.
extern "C" fn lock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: an open file.
    let handle = unsafe { handle(file) };
    let alone = OPEN.with_borrow(|open| open.get(&handle.place) == Some(&1));
    if level == ffi::SQLITE_LOCK_EXCLUSIVE && !alone { ffi::SQLITE_BUSY } else { ffi::SQLITE_OK }
}

extern "C" fn unlock(_: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    ffi::SQLITE_OK
}

extern "C" fn check_reserved_lock(_: *mut ffi::sqlite3_file, held: *mut c_int) -> c_int {
    // SAFETY: SQLite gives a number to write to.
    unsafe { *held = 0 };
    ffi::SQLITE_OK
}

extern "C" fn file_control(_: *mut ffi::sqlite3_file, _: c_int, _: *mut c_void) -> c_int {
    ffi::SQLITE_NOTFOUND
}

extern "C" fn sector_size(_: *mut ffi::sqlite3_file) -> c_int {
    4096
}

/// As SQLite's own file system on Linux says: what is beside a write stays whole in a power cut.
extern "C" fn device_characteristics(_: *mut ffi::sqlite3_file) -> c_int {
    ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

extern "C" fn shm_map(
    file: *mut ffi::sqlite3_file,
    region: c_int,
    bytes: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    // SAFETY: an open file.
    let handle = unsafe { handle(file) };
    let region = region as usize;
    if bytes as usize > REGION {
        return ffi::SQLITE_IOERR_SHMMAP;
    }
    let place = handle.place.clone();
    SHARED.with_borrow_mut(|all| {
        let shared = all.entry(place).or_default();
        shared.users += usize::from(!handle.mapped);
        handle.mapped = true;
        while extend != 0 && shared.regions.len() <= region {
            shared.regions.push(Box::new([0; REGION / 8]));
        }
        let found = shared.regions.get_mut(region);
        // SAFETY: SQLite gives a pointer to write to; a region stays where it is until its last user
        // has unmapped it.
        unsafe { *out = found.map_or(ptr::null_mut(), |region| region.as_mut_ptr().cast()) };
    });
    ffi::SQLITE_OK
}

extern "C" fn shm_lock(_: *mut ffi::sqlite3_file, _: c_int, _: c_int, _: c_int) -> c_int {
    ffi::SQLITE_OK
}

extern "C" fn shm_barrier(_: *mut ffi::sqlite3_file) {}

extern "C" fn shm_unmap(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    // SAFETY: an open file.
    let handle = unsafe { handle(file) };
    if core::mem::replace(&mut handle.mapped, false) {
        SHARED.with_borrow_mut(|all| {
            if let Some(shared) = all.get_mut(&handle.place) {
                shared.users -= 1;
                if shared.users == 0 {
                    all.remove(&handle.place);
                }
            }
        });
    }
    ffi::SQLITE_OK
}

extern "C" fn delete(_: *mut ffi::sqlite3_vfs, name: *const c_char, _: c_int) -> c_int {
    let Some((machine, name)) = place(name) else { return ffi::SQLITE_IOERR_DELETE };
    match disk::delete(machine, &name) {
        Err(Failed::Missing) => ffi::SQLITE_IOERR_DELETE_NOENT,
        other => said(other, ffi::SQLITE_IOERR_DELETE),
    }
}

extern "C" fn access(
    _: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    _: c_int,
    out: *mut c_int,
) -> c_int {
    let there = place(name).is_some_and(|(machine, name)| disk::exists(machine, &name));
    // SAFETY: SQLite gives a number to write to.
    unsafe { *out = c_int::from(there) };
    ffi::SQLITE_OK
}

extern "C" fn full_pathname(
    _: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    room: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: SQLite's names end with a zero byte; `out` has `room` bytes, which is looked at first.
    unsafe {
        let bytes = CStr::from_ptr(name).to_bytes_with_nul();
        if bytes.len() > room as usize {
            return ffi::SQLITE_CANTOPEN;
        }
        ptr::copy_nonoverlapping(bytes.as_ptr().cast(), out, bytes.len());
    }
    ffi::SQLITE_OK
}

extern "C" fn randomness(_: *mut ffi::sqlite3_vfs, bytes: c_int, out: *mut c_char) -> c_int {
    // SAFETY: `out` has `bytes` bytes.
    let out = unsafe { core::slice::from_raw_parts_mut(out.cast::<u8>(), bytes as usize) };
    if !entropy::fill(out) {
        out.fill(0);
    }
    bytes
}

extern "C" fn sleep(_: *mut ffi::sqlite3_vfs, microseconds: c_int) -> c_int {
    microseconds
}

/// 1970-01-01 as a Julian day: nothing here asks SQLite for the time.
extern "C" fn current_time(_: *mut ffi::sqlite3_vfs, out: *mut f64) -> c_int {
    // SAFETY: SQLite gives a number to write to.
    unsafe { *out = 2_440_587.5 };
    ffi::SQLITE_OK
}

extern "C" fn last_error(_: *mut ffi::sqlite3_vfs, _: c_int, _: *mut c_char) -> c_int {
    0
}
