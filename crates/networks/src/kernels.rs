//! What runs the steps of a network: one core ([`cpu`]) or a graphics processor ([`gpu`]).

pub mod cpu;
#[cfg(feature = "gpu")]
pub mod gpu;

use cpu::{Convolution, Image, Scratch, Weights};

use crate::plan::Window;

/// What the steps of a network are run by.
pub(crate) trait Kernels {
    /// A convolution with its weights where they are needed.
    type Layer;
    /// What one step leaves to the next.
    type Image: Clone;

    /// Takes an image to where the steps run.
    fn take(&mut self, image: Image) -> Self::Image;
    /// Lays out the weights of a convolution that writes images of about this many pixels a side.
    fn pack(&mut self, weights: &Weights, image_side: usize) -> Self::Layer;
    /// A convolution; `shortcut` is added, then what is below zero becomes zero if `relu`.
    fn convolution(
        &mut self,
        layer: &Self::Layer,
        image: &Self::Image,
        shortcut: Option<&Self::Image>,
        relu: bool,
    ) -> Self::Image;
    /// The largest number of each place of the window.
    fn max_pool(&mut self, image: &Self::Image, window: Window) -> Self::Image;
    /// A [`convolution`](Self::convolution) and a pooling layer that alone reads it.
    fn pooled_convolution(
        &mut self,
        layer: &Self::Layer,
        image: &Self::Image,
        window: Window,
        shortcut: Option<&Self::Image>,
        relu: bool,
    ) -> Self::Image {
        let whole = self.convolution(layer, image, shortcut, relu);
        let pooled = self.max_pool(&whole, window);
        self.free(whole);
        pooled
    }
    /// Takes back what no later step reads.
    fn free(&mut self, image: Self::Image);
}

/// One core.
#[derive(Default)]
pub(crate) struct Core {
    scratch: Scratch,
}

impl Kernels for Core {
    type Layer = Convolution;
    type Image = Image;

    fn take(&mut self, image: Image) -> Image {
        image
    }

    fn pack(&mut self, weights: &Weights, image_side: usize) -> Convolution {
        Convolution::new(weights, image_side)
    }

    fn convolution(&mut self, layer: &Convolution, image: &Image, shortcut: Option<&Image>, relu: bool) -> Image {
        layer.run(image, shortcut, relu, &mut self.scratch)
    }

    fn max_pool(&mut self, image: &Image, window: Window) -> Image {
        cpu::max_pool(image, window, &mut self.scratch)
    }

    fn pooled_convolution(
        &mut self,
        layer: &Convolution,
        image: &Image,
        window: Window,
        shortcut: Option<&Image>,
        relu: bool,
    ) -> Image {
        layer.run_pooled(image, window, shortcut, relu, &mut self.scratch)
    }

    fn free(&mut self, image: Image) {
        self.scratch.free(image);
    }
}
