//! Writes a [`Plan`]: what an architecture's file is written with.

use std::cell::RefCell;

use crate::failure::{Error, Result};
use crate::plan::{HeadLayer, Node, NodeId, Operation, Plan, Shape, Stage, Window};

/// Collects the operations of a network in the order in which they are written down.
#[derive(Default)]
pub struct Builder {
    drawn: RefCell<Drawn>,
}

#[derive(Default)]
struct Drawn {
    nodes: Vec<Node>,
    stages: Vec<(String, NodeId)>,
    gate: Option<NodeId>,
    head: Option<(NodeId, Vec<HeadLayer>)>,
    /// The first thing that cannot be.
    wrong: Option<String>,
    /// Rows and columns of the input.
    side: usize,
}

/// What an operation writes, for the next one to read.
#[derive(Clone, Copy)]
pub struct Maps<'b> {
    builder: &'b Builder,
    node: NodeId,
}

/// The layers after the last feature maps, as far as they are written down.
pub struct Head<'b> {
    builder: &'b Builder,
    /// Of what the last layer writes.
    numbers: usize,
}

impl Builder {
    /// Writes down what `architecture` draws for inputs of `side` pixels.
    ///
    /// # Errors
    /// [`Error::Weights`] when the input is too small for its windows, or a part is missing.
    pub fn plan(architecture: impl FnOnce(&Self), side: usize) -> Result<Plan> {
        let builder = Self { drawn: RefCell::new(Drawn { side, ..Drawn::default() }) };
        architecture(&builder);
        let Drawn { nodes, stages, gate, head, wrong, .. } = builder.drawn.into_inner();
        if let Some(reason) = wrong {
            return Err(Error::Weights(reason));
        }
        let missing = |what: &str| Error::Weights(format!("the network has no {what}"));
        let (maps, head) = head.ok_or_else(|| missing("head"))?;
        let ends = stages.iter().skip(1).map(|(_, first)| *first).chain([nodes.len()]);
        let stages =
            stages.iter().zip(ends).map(|((name, first), end)| Stage { name: name.clone(), nodes: *first..end });
        Ok(Plan {
            stages: stages.collect(),
            gate: gate.ok_or_else(|| missing("layer for the gate"))?,
            maps,
            head,
            nodes,
        })
    }

    /// The network's input, `[channels, side, side]`.
    pub fn input(&self, channels: usize) -> Maps<'_> {
        let side = self.drawn.borrow().side;
        self.push(Operation::Input, Vec::new(), Shape { channels, height: side, width: side })
    }

    /// Begins a stage, which ends where the next one begins.
    pub fn stage(&self, name: &str) {
        let mut drawn = self.drawn.borrow_mut();
        let first = drawn.nodes.len();
        drawn.stages.push((name.to_owned(), first));
    }

    fn push(&self, operation: Operation, inputs: Vec<NodeId>, shape: Shape) -> Maps<'_> {
        let mut drawn = self.drawn.borrow_mut();
        drawn.nodes.push(Node { operation, inputs, shape });
        Maps { builder: self, node: drawn.nodes.len() - 1 }
    }

    fn shape(&self, node: NodeId) -> Shape {
        self.drawn.borrow().nodes[node].shape
    }

    fn wrong(&self, reason: impl FnOnce() -> String) {
        self.drawn.borrow_mut().wrong.get_or_insert_with(reason);
    }
}

impl<'b> Maps<'b> {
    /// A convolution without bias that writes `outputs` maps: `[outputs, places, places]`.
    #[must_use]
    pub fn conv(self, name: &str, window: Window, outputs: usize) -> Self {
        let shape = Shape { channels: outputs, ..self.moved(window, name) };
        self.builder.push(Operation::Convolution { name: name.to_owned(), window }, vec![self.node], shape)
    }

    /// Batch norm (Ioffe & Szegedy 2015) with stored statistics.
    #[must_use]
    pub fn norm(self, name: &str) -> Self {
        self.builder.push(Operation::BatchNorm { name: name.to_owned() }, vec![self.node], self.shape())
    }

    /// What is below zero becomes zero.
    #[must_use]
    pub fn relu(self) -> Self {
        self.builder.push(Operation::Relu, vec![self.node], self.shape())
    }

    /// The sum with other maps of the same shape.
    #[must_use]
    pub fn add(self, other: Self) -> Self {
        let (shape, others) = (self.shape(), other.shape());
        if shape != others {
            self.builder.wrong(|| format!("maps of {shape:?} and of {others:?} cannot be added"));
        }
        self.builder.push(Operation::Add, vec![self.node, other.node], shape)
    }

    /// The largest number of each place of the window.
    #[must_use]
    pub fn max_pool(self, window: Window) -> Self {
        let shape = self.moved(window, "a pooling layer");
        self.builder.push(Operation::MaxPool(window), vec![self.node], shape)
    }

    /// The gate looks at these maps.
    #[must_use]
    pub fn seen_by_gate(self) -> Self {
        self.builder.drawn.borrow_mut().gate = Some(self.node);
        self
    }

    /// These are the last feature maps: what follows are the layers of the head.
    pub fn head(self) -> Head<'b> {
        self.builder.drawn.borrow_mut().head = Some((self.node, Vec::new()));
        Head { builder: self.builder, numbers: self.shape().numbers() }
    }

    fn shape(self) -> Shape {
        self.builder.shape(self.node)
    }

    /// The shape that a window leaves of these maps.
    fn moved(self, window: Window, name: &str) -> Shape {
        let shape = self.shape();
        if let (Some(height), Some(width)) = (window.places(shape.height), window.places(shape.width)) {
            return Shape { height, width, ..shape };
        }
        self.builder.wrong(|| format!("the input is too small: {name} has a window of {} pixels", window.side));
        shape
    }
}

impl Head<'_> {
    /// The mean of each map.
    #[must_use]
    pub fn mean(self) -> Self {
        let maps = self.builder.drawn.borrow().head.as_ref().map_or(0, |(maps, _)| *maps);
        let numbers = self.builder.shape(maps).channels;
        self.push(HeadLayer::Mean, numbers)
    }

    /// All numbers of all maps.
    #[must_use]
    pub fn flatten(self) -> Self {
        let numbers = self.numbers;
        self.push(HeadLayer::Flatten, numbers)
    }

    /// A linear layer with bias.
    #[must_use]
    pub fn linear(self, name: &str, outputs: usize) -> Self {
        let inputs = self.numbers;
        self.push(HeadLayer::Linear { name: name.to_owned(), inputs, outputs }, outputs)
    }

    /// What is below zero becomes zero.
    #[must_use]
    pub fn relu(self) -> Self {
        let numbers = self.numbers;
        self.push(HeadLayer::Relu, numbers)
    }

    fn push(mut self, layer: HeadLayer, numbers: usize) -> Self {
        let mut drawn = self.builder.drawn.borrow_mut();
        let Drawn { head, wrong, .. } = &mut *drawn;
        let makes_list = matches!(layer, HeadLayer::Mean | HeadLayer::Flatten);
        match head {
            Some((_, layers)) if layers.is_empty() == makes_list => layers.push(layer),
            _ => _ = wrong.get_or_insert_with(|| "a head begins with the mean or all numbers of its maps".to_owned()),
        }
        drop(drawn);
        self.numbers = numbers;
        self
    }
}
