//! Messages between page and engine by their names. What a browser carries begins with the number of a message's kind (postcard's
//! wire format), which changes whenever one is added.

use osteolens::helper::{Answer, Errand};
use osteolens::protocol::{Request, Response};
use serde::Deserializer;
use serde::de::value::Error;
use serde::de::{DeserializeOwned, Error as _, Visitor};

/// The number of a message to the engine, such as `Forget`.
///
/// # Panics
/// If there is no message of that name.
pub fn request(name: &str) -> usize {
    number::<Request>(name)
}

/// The number of a message from the engine, such as `Judged`.
///
/// # Panics
/// If there is no message of that name.
pub fn response(name: &str) -> usize {
    number::<Response>(name)
}

/// The number of a message from the engine to its helper, such as `Pass`.
///
/// # Panics
/// If there is no message of that name.
pub fn errand(name: &str) -> usize {
    number::<Errand>(name)
}

/// The number of a message from the helper to its engine, such as `Ready`.
///
/// # Panics
/// If there is no message of that name.
pub fn answer(name: &str) -> usize {
    number::<Answer>(name)
}

fn number<T: DeserializeOwned>(name: &str) -> usize {
    let mut variants: &[&str] = &[];
    let _ = T::deserialize(Variants(&mut variants));
    let number = variants.iter().position(|variant| *variant == name);
    number.unwrap_or_else(|| panic!("there is no message {name} among {variants:?}"))
}

/// Reads nothing, and learns how the variants of an enum are called.
struct Variants<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Variants<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("a message is an enum"))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        *self.0 = variants;
        Err(Error::custom("the names are all that is wanted"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use osteolens::protocol::Request;

    #[test]
    fn a_message_begins_with_its_number() {
        let forget = postcard::to_allocvec(&Request::Forget { study: 7 }).expect("plain data");
        assert_eq!(forget, [super::request("Forget") as u8, 7]);
        assert!(std::panic::catch_unwind(|| super::response("Unheard")).is_err());
    }
}
