//! Values that follow from signals. leptos' `Memo` is compiled anew for every type that it holds; here their types are
//! forgotten first, as in [`parts`](super::parts): a page that is smaller by a fiftieth.

use std::any::Any;
use std::marker::PhantomData;
use std::sync::Arc;

use leptos::prelude::*;

/// A value that follows from signals; who asks for it hears of it only when it changes.
pub struct Derived<T> {
    memo: Memo<Erased>,
    kind: PhantomData<fn() -> T>,
}

/// What `of` makes of the signals that it looks at.
pub fn derived<T: PartialEq + Send + Sync + 'static>(of: impl Fn() -> T + Send + Sync + 'static) -> Derived<T> {
    let of: Box<dyn Fn() -> Erased + Send + Sync> = Box::new(move || Erased(Arc::new(of())));
    Derived { memo: Memo::new(move |_| of()), kind: PhantomData }
}

impl<T: Clone + 'static> Derived<T> {
    /// The value.
    pub fn get(self) -> T {
        let value = self.memo.get().0;
        let value: &T = value.as_any().downcast_ref().expect("a derived value is of the type that made it");
        value.clone()
    }
}

impl<T> Clone for Derived<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Derived<T> {}

/// A value of any type.
#[derive(Clone)]
struct Erased(Arc<dyn Value>);

impl PartialEq for Erased {
    fn eq(&self, other: &Self) -> bool {
        self.0.equals(other.0.as_any())
    }
}

trait Value: Send + Sync {
    fn as_any(&self) -> &dyn Any;
    fn equals(&self, other: &dyn Any) -> bool;
}

impl<T: PartialEq + Send + Sync + 'static> Value for T {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn equals(&self, other: &dyn Any) -> bool {
        other.downcast_ref() == Some(self)
    }
}
