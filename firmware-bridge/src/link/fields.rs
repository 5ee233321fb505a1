//! Fields of a message, one after the other, little-endian.
//!
//! Not here: which message has which fields (the parent module).

use super::LinkError;

/// Takes fields off the front of a message.
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl<'a> Fields<'a> {
    pub(super) fn bytes<const N: usize>(&mut self) -> Result<[u8; N], LinkError> {
        let (field, rest) = self.0.split_first_chunk().ok_or(LinkError::Short)?;
        self.0 = rest;
        Ok(*field)
    }

    pub(super) fn u8(&mut self) -> Result<u8, LinkError> {
        self.bytes().map(|[byte]| byte)
    }

    pub(super) fn flag(&mut self) -> Result<bool, LinkError> {
        self.u8().map(|byte| byte != 0)
    }

    pub(super) fn u16(&mut self) -> Result<u16, LinkError> {
        self.bytes().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, LinkError> {
        self.bytes().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, LinkError> {
        self.bytes().map(u64::from_le_bytes)
    }

    /// Bytes that are preceded by their count, so that fields can follow them one day.
    pub(super) fn counted(&mut self) -> Result<&'a [u8], LinkError> {
        let len = usize::from(self.u16()?);
        let (bytes, rest) = self.0.split_at_checked(len).ok_or(LinkError::Short)?;
        self.0 = rest;
        Ok(bytes)
    }
}

/// Puts fields one after the other; `None` once there is no room.
pub(super) struct Put<'a> {
    out: &'a mut [u8],
    pub(super) len: usize,
}

impl<'a> Put<'a> {
    pub(super) fn new(out: &'a mut [u8], tag: u8) -> Option<Self> {
        Self { out, len: 0 }.put(&[tag])
    }

    pub(super) fn put(mut self, bytes: &[u8]) -> Option<Self> {
        let end = self.len + bytes.len();
        self.out.get_mut(self.len..end)?.copy_from_slice(bytes);
        self.len = end;
        Some(self)
    }

    pub(super) fn counted(self, bytes: &[u8]) -> Option<Self> {
        let len = u16::try_from(bytes.len()).ok()?;
        self.put(&len.to_le_bytes())?.put(bytes)
    }
}
