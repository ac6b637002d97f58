//! The matrix product that everything comes down to, as Goto & van de Geijn, "Anatomy of High-Performance Matrix
//! Multiplication" (2008), build it: a block of results stays in registers while a packed panel streams by.

use wide::f32x4;

/// Columns of a panel.
pub const COLUMNS: usize = 8;
/// Rows of a block: with two registers of four columns each these are eight sums; two weights, a factor and a product
/// are the rest of what a browser's compiler keeps in the 15 registers that it has. With five or six rows it is slower.
const ROWS: usize = 4;
/// A matrix `[depth, outputs]`, packed in panels of eight columns.
pub struct Panels {
    depth: usize,
    packed: Vec<[f32x4; 2]>,
}

impl Panels {
    /// Packs what `value` gives for a row (of `depth`) and a column (of `outputs`, a multiple of 8).
    pub fn new(depth: usize, outputs: usize, value: impl Fn(usize, usize) -> f32) -> Self {
        let mut panels = Self::with_room(depth, outputs);
        for first in (0..outputs).step_by(COLUMNS) {
            for row in 0..depth {
                panels.push(std::array::from_fn(|column| value(row, first + column)));
            }
        }
        panels
    }

    /// For rows that are [`push`](Self::push)ed: all of the first eight columns, then those of the next.
    pub fn with_room(depth: usize, outputs: usize) -> Self {
        Self { depth, packed: Vec::with_capacity(depth * outputs / COLUMNS) }
    }

    /// Eight columns of the next row.
    pub fn push(&mut self, [a, b, c, d, e, f, g, h]: [f32; COLUMNS]) {
        self.packed.push([f32x4::new([a, b, c, d]), f32x4::new([e, f, g, h])]);
    }

    /// `rows · self`, of a multiple of four rows: `[rows, depth]` → `[rows, outputs]`.
    pub fn product(&self, rows: &[f32], into: &mut [f32]) {
        let outputs = into.len() / (rows.len() / self.depth);
        for (at, panel) in self.packed.chunks_exact(self.depth).enumerate() {
            for (rows, into) in rows.chunks_exact(ROWS * self.depth).zip(into.chunks_exact_mut(ROWS * outputs)) {
                for (sums, into) in block(rows, panel).iter().zip(into.chunks_exact_mut(outputs)) {
                    let into = &mut into[at * COLUMNS..][..COLUMNS];
                    into[..4].copy_from_slice(&sums[0].to_array());
                    into[4..].copy_from_slice(&sums[1].to_array());
                }
            }
        }
    }
}

/// Some rows by eight columns.
#[inline]
fn block(rows: &[f32], panel: &[[f32x4; 2]]) -> [[f32x4; 2]; ROWS] {
    // Slices of one known length: the loop below needs no check of bounds.
    let rows: [&[f32]; ROWS] = std::array::from_fn(|row| &rows[row * panel.len()..][..panel.len()]);
    let mut sums = [[f32x4::ZERO; 2]; ROWS];
    // One step at a time: of several at once a compiler makes more numbers than there are registers.
    for (at, [left, right]) in panel.iter().enumerate() {
        for row in 0..ROWS {
            let factor = f32x4::splat(rows[row][at]);
            sums[row][0] = factor.mul_add(*left, sums[row][0]);
            sums[row][1] = factor.mul_add(*right, sums[row][1]);
        }
    }
    sums
}
