//! What one layer of a network hands to the next.

/// An activation tensor, as it lies in memory: `[height, width, channels]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Image {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Numbers of a pixel.
    pub channels: usize,
    /// All numbers, channel by channel, pixel by pixel, row by row.
    pub values: Vec<f32>,
}

impl Image {
    /// All its numbers are zero.
    pub fn new(height: usize, width: usize, channels: usize) -> Self {
        Self { height, width, channels, values: vec![0.0; height * width * channels] }
    }

    /// From planes: `[channels, height, width]`.
    pub fn from_planes(planes: &[f32], channels: usize, height: usize, width: usize) -> Self {
        let mut image = Self::new(height, width, channels);
        for (channel, plane) in planes.chunks_exact(height * width).enumerate() {
            for (pixel, value) in image.values.chunks_exact_mut(channels).zip(plane) {
                pixel[channel] = *value;
            }
        }
        image
    }

    /// As planes: `[channels, height, width]`.
    pub fn to_planes(&self) -> Vec<f32> {
        let of_channel = |channel| self.values.iter().skip(channel).step_by(self.channels).copied();
        (0..self.channels).flat_map(of_channel).collect()
    }
}
