//! The directories of a TIFF, one for each page: which of them is the film.

/// What a value of the tag `PhotometricInterpretation` means.
pub(super) const WHITE_IS_ZERO: u32 = 0;
pub(super) const BLACK_IS_ZERO: u32 = 1;
pub(super) const PALETTE: u32 = 3;
pub(super) const YCBCR: u32 = 6;
/// A mask of another page.
const MASK: u32 = 4;

const NEW_SUBFILE_TYPE: u16 = 254;
const SUBFILE_TYPE: u16 = 255;
const WIDTH: u16 = 256;
const HEIGHT: u16 = 257;
const BITS: u16 = 258;
const PHOTOMETRIC: u16 = 262;
const TILE_WIDTH: u16 = 322;
const TILE_HEIGHT: u16 = 323;
const TILE_OFFSETS: u16 = 324;
const SUB_DIRECTORIES: u16 = 330;

/// More pages than this are not looked at.
const MOST_PAGES: usize = 1000;
/// More entries than this has no page.
const MOST_ENTRIES: u64 = 4096;
/// A page with less than this share of the largest one's pixels is a reduced copy that does not say so.
const LEAST_SHARE: u64 = 4;

/// All pages of a file.
pub(super) struct Directory {
    pub(super) pages: Vec<Page>,
    is_big_endian: bool,
    /// `BigTIFF`: addresses have 64 bits.
    is_long: bool,
}

/// One page.
pub(super) struct Page {
    /// Where its entries are.
    pub(super) offset: u64,
    pub(super) width: u32,
    pub(super) height: u32,
    /// Of its first sample; 1 where it does not say.
    pub(super) bits: u32,
    /// As it says.
    pub(super) photometric: u32,
    /// Width and height of a tile; none of a page in strips.
    pub(super) tile: Option<(u32, u32)>,
    /// Where width, height and photometric interpretation stand in the file, and in how many bytes.
    places: [(usize, usize); 3],
    /// Whether it says that it is a reduced copy or a mask of another.
    pub(super) is_other: bool,
    /// Where the address of the next page stands, and in how many bytes.
    next_at: (usize, usize),
    /// Whether further directories belong to it.
    pub(super) has_more: bool,
}

/// The page that is the film, and its number from 0: the first that is neither a reduced copy nor a mask.
pub(super) fn chosen(directory: &Directory) -> Option<(usize, &Page)> {
    let pixels = |page: &Page| u64::from(page.width) * u64::from(page.height);
    let whole = || directory.pages.iter().enumerate().filter(|(_, page)| !page.is_other);
    let most = whole().map(|(_, page)| pixels(page)).max();
    match most {
        Some(most) => whole().find(|(_, page)| pixels(page) >= most / LEAST_SHARE),
        // A file of reduced copies alone.
        None => directory.pages.iter().enumerate().max_by_key(|(_, page)| pixels(page)),
    }
}

/// Reads the directories; none where the first makes no sense. What follows one that makes none is left out.
pub(super) fn directory(bytes: &[u8]) -> Option<Directory> {
    let is_big_endian = bytes.starts_with(b"MM");
    let is_long = *bytes.get(if is_big_endian { 3 } else { 2 })? == 43;
    let mut directory = Directory { pages: Vec::new(), is_big_endian, is_long };
    let mut next = if is_long { directory.number(bytes, 8, 8)? } else { directory.number(bytes, 4, 4)? };
    while next != 0 && directory.pages.len() < MOST_PAGES {
        let seen = directory.pages.iter().any(|page| page.offset == next);
        match directory.page(bytes, next).filter(|_| !seen) {
            Some((page, after)) => {
                directory.pages.push(page);
                next = after;
            }
            None => break,
        }
    }
    (!directory.pages.is_empty()).then_some(directory)
}

impl Directory {
    /// A number of so many bytes.
    fn number(&self, bytes: &[u8], at: usize, length: usize) -> Option<u64> {
        let digits = bytes.get(at..at.checked_add(length)?)?;
        let add = |number: u64, digit: &u8| number << 8 | u64::from(*digit);
        Some(if self.is_big_endian { digits.iter().fold(0, add) } else { digits.iter().rev().fold(0, add) })
    }

    /// The page whose entries are at `offset`, and where the next one is.
    fn page(&self, bytes: &[u8], offset: u64) -> Option<(Page, u64)> {
        // Bytes of the count, of an entry, and of an address.
        let (count_bytes, entry_bytes, address_bytes) = if self.is_long { (8, 20, 8) } else { (2, 12, 4) };
        let start = usize::try_from(offset).ok()?;
        let count = self.number(bytes, start, count_bytes).filter(|count| *count <= MOST_ENTRIES)? as usize;
        let first = start.checked_add(count_bytes)?;
        let mut page = Page {
            offset,
            width: 0,
            height: 0,
            bits: 1,
            photometric: u32::MAX,
            tile: None,
            places: [(0, 0); 3],
            is_other: false,
            next_at: (0, 0),
            has_more: false,
        };
        let (mut tile, mut has_tiles) = ((0, 0), false);
        for at in (0..count).map(|entry| first + entry * entry_bytes) {
            let tag = self.number(bytes, at, 2)? as u16;
            let (value, place) = self.value(bytes, at, address_bytes)?;
            match tag {
                NEW_SUBFILE_TYPE => page.is_other |= value & 0b101 != 0,
                SUBFILE_TYPE => page.is_other |= value == 2,
                WIDTH => (page.width, page.places[0]) = (value, place),
                HEIGHT => (page.height, page.places[1]) = (value, place),
                SUB_DIRECTORIES => page.has_more = true,
                TILE_WIDTH => tile.0 = value,
                TILE_HEIGHT => tile.1 = value,
                TILE_OFFSETS => has_tiles = true,
                BITS => page.bits = value,
                PHOTOMETRIC => {
                    (page.photometric, page.places[2]) = (value, place);
                    page.is_other |= value == MASK;
                }
                _ => {}
            }
        }
        page.tile = has_tiles.then_some(tile);
        let next_at = first + count * entry_bytes;
        page.next_at = (next_at, address_bytes);
        let next = self.number(bytes, next_at, address_bytes).unwrap_or(0);
        (page.width > 0 && page.height > 0).then_some((page, next))
    }

    /// The first value of an entry, and where it stands, in how many bytes.
    fn value(&self, bytes: &[u8], entry: usize, address_bytes: usize) -> Option<(u32, (usize, usize))> {
        let size = match self.number(bytes, entry + 2, 2)? {
            3 => 2,
            4 => 4,
            16 => 8,
            _ => 1,
        };
        let count = self.number(bytes, entry + 4, address_bytes)?;
        let inside = entry + 4 + address_bytes;
        let at = if count.saturating_mul(size) <= address_bytes as u64 {
            inside
        } else {
            usize::try_from(self.number(bytes, inside, address_bytes)?).ok()?
        };
        // What lies beyond the file is told of by whoever needs it.
        let value = self.number(bytes, at, size as usize);
        Some((value.map_or(0, |value| u32::try_from(value).unwrap_or(u32::MAX)), (at, size as usize)))
    }

    /// Writes a number where there is room for it: a value may be said to stand beyond the file.
    fn put(&self, bytes: &mut [u8], at: usize, length: usize, number: u64) {
        let place = at.checked_add(length).and_then(|end| bytes.get_mut(at..end));
        let digits = number.to_be_bytes();
        let digits = digits[8 - length..].iter().copied();
        match place {
            Some(place) if self.is_big_endian => place.iter_mut().zip(digits).for_each(|(place, digit)| *place = digit),
            Some(place) => place.iter_mut().rev().zip(digits).for_each(|(place, digit)| *place = digit),
            None => {}
        }
    }

    /// Makes a page the only one.
    pub(super) fn put_alone(&self, bytes: &mut [u8], page: &Page) {
        let (at, length) = if self.is_long { (8, 8) } else { (4, 4) };
        self.put(bytes, at, length, page.offset);
        let (at, length) = page.next_at;
        self.put(bytes, at, length, 0);
    }

    /// Whether there is nothing but this page, so far as addresses of pages go.
    pub(super) fn is_alone(&self, bytes: &[u8], page: &Page) -> bool {
        let (at, length) = page.next_at;
        self.pages.first().is_some_and(|first| first.offset == page.offset)
            && self.number(bytes, at, length).is_none_or(|next| next == 0)
    }

    /// Gives a page another photometric interpretation.
    pub(super) fn put_photometric(&self, bytes: &mut [u8], page: &Page, value: u32) {
        let (at, length) = page.places[2];
        self.put(bytes, at, length, u64::from(value));
    }

    /// Gives a page the size of its tiles; none where the file has no room for the numbers.
    pub(super) fn put_whole_tiles(&self, bytes: &mut [u8], page: &Page) -> Option<()> {
        let (wide, high) = page.tile.filter(|tile| tile.0 > 0 && tile.1 > 0)?;
        let (width, height) = (page.width.checked_next_multiple_of(wide)?, page.height.checked_next_multiple_of(high)?);
        let [width_at, height_at, _] = page.places;
        let has_room = |length: usize, number: u32| length >= 4 || u64::from(number) < 1 << (8 * length);
        if !has_room(width_at.1, width) || !has_room(height_at.1, height) {
            return None;
        }
        self.put(bytes, width_at.0, width_at.1, u64::from(width));
        self.put(bytes, height_at.0, height_at.1, u64::from(height));
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A little-endian file of pages, each of a width, a height and a subfile type.
    fn file(pages: &[(u32, u32, u32)]) -> Vec<u8> {
        let mut bytes = b"II\x2A\0\x08\0\0\0".to_vec();
        for (number, (width, height, kind)) in pages.iter().enumerate() {
            bytes.extend(3u16.to_le_bytes());
            for (tag, value) in [(NEW_SUBFILE_TYPE, kind), (WIDTH, width), (HEIGHT, height)] {
                bytes.extend([tag.to_le_bytes(), 4u16.to_le_bytes()].concat());
                bytes.extend([1u32.to_le_bytes(), value.to_le_bytes()].concat());
            }
            let next = if number + 1 < pages.len() { bytes.len() as u32 + 4 } else { 0 };
            bytes.extend(next.to_le_bytes());
        }
        bytes
    }

    #[test]
    fn the_film_is_neither_a_reduced_copy_nor_a_mask() {
        let number = |pages: &[(u32, u32, u32)]| {
            let bytes = file(pages);
            let directory = directory(&bytes).expect("sound");
            assert_eq!(directory.pages.len(), pages.len());
            chosen(&directory).map(|(number, _)| number)
        };
        assert_eq!(number(&[(900, 900, 0)]), Some(0));
        assert_eq!(number(&[(90, 90, 1), (900, 900, 0)]), Some(1));
        assert_eq!(number(&[(900, 900, 4), (900, 900, 0)]), Some(1));
        assert_eq!(number(&[(90, 90, 0), (900, 900, 0)]), Some(1), "a reduced copy that does not say so");
        assert_eq!(number(&[(800, 900, 0), (900, 900, 0)]), Some(0), "the first of several");
        assert_eq!(number(&[(90, 90, 1), (100, 100, 1)]), Some(1), "nothing else");
    }

    #[test]
    fn a_value_beyond_the_file_is_not_written() {
        // Four widths, whose place is beyond the end.
        let mut bytes = file(&[(9, 9, 0)]);
        bytes[8 + 2 + 12 + 4..8 + 2 + 12 + 12].copy_from_slice(&[4, 0, 0, 0, 0xF0, 0xFF, 0xFF, 0xFF]);
        let mut directory = Directory { pages: Vec::new(), is_big_endian: false, is_long: false };
        directory.put(&mut bytes, 0xFFFF_FFF0, 4, 1);
        directory.put(&mut bytes, usize::MAX, 4, 1);
        directory.is_big_endian = true;
        directory.put(&mut bytes, 0xFFFF_FFF0, 4, 1);
        assert!(super::directory(&bytes).is_none_or(|directory| directory.pages.len() == 1));
    }

    #[test]
    fn directories_that_go_in_circles_or_nowhere_end() {
        let mut bytes = file(&[(9, 9, 0), (9, 9, 0)]);
        let last = bytes.len() - 4;
        bytes[last..].copy_from_slice(&8u32.to_le_bytes());
        assert_eq!(directory(&bytes).expect("the first two").pages.len(), 2);
        bytes[last..].copy_from_slice(&0xFFFF_FF00u32.to_le_bytes());
        assert_eq!(directory(&bytes).expect("the first two").pages.len(), 2);
        for length in 0..bytes.len() {
            let _ = directory(&bytes[..length]);
        }
    }
}
