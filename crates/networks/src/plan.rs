//! What a network consists of: a list of operations with shapes, and the names of their parameters.
//!
//! Whatever runs a network reads its plan: [`fuse`](crate::fuse) derives from it the steps of the kernels, and
//! `burn_network` a module of burn.

use std::ops::Range;

/// The place of a node in [`Plan::nodes`]. A node reads only nodes before it.
pub type NodeId = usize;

/// The size of what a node writes: `[channels, height, width]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Maps.
    pub channels: usize,
    /// Rows of each.
    pub height: usize,
    /// Columns of each.
    pub width: usize,
}

impl Shape {
    /// How many numbers it holds.
    pub fn numbers(self) -> usize {
        self.channels * self.height * self.width
    }
}

/// A square window that moves over an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Rows and columns.
    pub side: usize,
    /// Pixels between two places.
    pub stride: usize,
    /// Pixels by which it reaches over each edge.
    pub padding: usize,
}

impl Window {
    /// A window that moves pixel by pixel within the image.
    pub const fn square(side: usize) -> Self {
        Self { side, stride: 1, padding: 0 }
    }

    /// The same window with another stride.
    #[must_use]
    pub const fn stride(self, stride: usize) -> Self {
        Self { stride, ..self }
    }

    /// The same window with another padding.
    #[must_use]
    pub const fn padding(self, padding: usize) -> Self {
        Self { padding, ..self }
    }

    /// How many places it has along a side of the image; none when it does not fit.
    pub fn places(self, length: usize) -> Option<usize> {
        let room = (length + 2 * self.padding).checked_sub(self.side)?;
        room.checked_div(self.stride).map(|steps| steps + 1)
    }
}

/// What a node does to what it reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Hands the network's input on.
    Input,
    /// A convolution. Parameter: `NAME.weight`, `[outputs, inputs, side, side]`.
    Convolution {
        /// Of its parameters.
        name: String,
        /// Its kernel.
        window: Window,
    },
    /// Batch norm. Parameters: `NAME.weight`, `.bias`, `.running_mean`, `.running_var`, `[channels]` each.
    BatchNorm {
        /// Of its parameters.
        name: String,
    },
    /// What is below zero becomes zero.
    Relu,
    /// The sum of both images that it reads.
    Add,
    /// The largest number of each place of the window.
    MaxPool(Window),
}

/// One operation of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What it does.
    pub operation: Operation,
    /// What it reads.
    pub inputs: Vec<NodeId>,
    /// What it writes.
    pub shape: Shape,
}

/// A layer after the last feature maps. All of them read and write a list of numbers, but for the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeadLayer {
    /// The mean of each map: `[channels, height, width]` → `[channels]`.
    Mean,
    /// All numbers, map by map and row by row: `[channels, height, width]` → `[channels · height · width]`.
    Flatten,
    /// A matrix product. Parameters: `NAME.weight`, `[outputs, inputs]`, and `NAME.bias`, `[outputs]`.
    Linear {
        /// Of its parameters.
        name: String,
        /// How many numbers it reads.
        inputs: usize,
        /// How many numbers it writes.
        outputs: usize,
    },
    /// What is below zero becomes zero.
    Relu,
}

/// A part of a network that has a name, such as `layer3`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Its name.
    pub name: String,
    /// Its nodes; the last of them is its output.
    pub nodes: Range<NodeId>,
}

/// A network, without its weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Its operations, in an order in which they can run. The first is [`Operation::Input`].
    pub nodes: Vec<Node>,
    /// Its named parts, in order.
    pub stages: Vec<Stage>,
    /// The layer whose mean maps tell the pictures that the network knows from others.
    pub gate: NodeId,
    /// The last feature maps, which Grad-CAM reads.
    pub maps: NodeId,
    /// What turns the last feature maps into the score of each class.
    pub head: Vec<HeadLayer>,
}

/// A parameter of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name, as torchvision has it.
    pub name: String,
    /// Its sizes.
    pub shape: Vec<usize>,
}

impl Plan {
    /// Channels of the input.
    pub fn channels(&self) -> usize {
        self.nodes[0].shape.channels
    }

    /// Rows and columns of the input.
    pub fn side(&self) -> usize {
        self.nodes[0].shape.height
    }

    /// How many features the gate looks at.
    pub fn gate_features(&self) -> usize {
        self.nodes[self.gate].shape.channels
    }

    /// How many last feature maps there are.
    pub fn last_maps(&self) -> usize {
        self.nodes[self.maps].shape.channels
    }

    /// How many scores the head gives.
    pub fn classes(&self) -> usize {
        let outputs = self.head.iter().rev().find_map(|layer| match layer {
            HeadLayer::Linear { outputs, .. } => Some(*outputs),
            _ => None,
        });
        outputs.unwrap_or(self.nodes[self.maps].shape.channels)
    }

    /// A stage by its name.
    pub fn stage(&self, name: &str) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.name == name)
    }

    /// Every parameter, in the order of the layers.
    pub fn parameters(&self) -> Vec<Parameter> {
        let mut all = Vec::new();
        let mut push = |layer: &str, part: &str, shape: &[usize]| {
            all.push(Parameter { name: format!("{layer}.{part}"), shape: shape.to_vec() });
        };
        for node in &self.nodes {
            match &node.operation {
                Operation::Convolution { name, window } => {
                    let inputs = self.nodes[node.inputs[0]].shape.channels;
                    push(name, "weight", &[node.shape.channels, inputs, window.side, window.side]);
                }
                Operation::BatchNorm { name } => {
                    for part in ["weight", "bias", "running_mean", "running_var"] {
                        push(name, part, &[node.shape.channels]);
                    }
                }
                Operation::Input | Operation::Relu | Operation::Add | Operation::MaxPool(_) => {}
            }
        }
        for layer in &self.head {
            if let HeadLayer::Linear { name, inputs, outputs } = layer {
                push(name, "weight", &[*outputs, *inputs]);
                push(name, "bias", &[*outputs]);
            }
        }
        all
    }
}
