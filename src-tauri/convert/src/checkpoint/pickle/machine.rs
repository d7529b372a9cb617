//! [`Machine`]: the stack machine that a pickle is a program for.
//!
//! The opcodes are those of Python's `pickletools`, protocols 2 to 5.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::rc::Rc;

use super::error::{PickleError, malformed, underflow};
use super::globals::KnownGlobal;
use super::input::{Input, utf8};
use super::value::{PickledTensor, Value, ValueId, Values};

/// The most values that a pickle may make: a hundred for each of ten thousand tensors.
pub(super) const MAX_VALUES: usize = 1_000_000;
/// The most tensors that a pickle may make. The largest models have about ten thousand.
pub(super) const MAX_TENSORS: usize = 100_000;
/// The most bytes of a text, such as a tensor's name.
const MAX_TEXT: usize = 512;
/// The most arguments of a call that are read. No call that is known takes more.
const MAX_ARGUMENTS: usize = 8;

/// The stack machine.
#[derive(Debug, Default)]
pub(super) struct Machine<'a> {
    input: Input<'a>,
    values: Values,
    /// The items that all lists, tuples and dictionaries were given, however often the same value.
    n_items: usize,
    n_tensors: usize,
    stack: Vec<ValueId>,
    /// The height of the stack at each mark.
    marks: Vec<usize>,
    memo: BTreeMap<u64, ValueId>,
}

impl<'a> Machine<'a> {
    /// Starts with a pickle of which nothing has been read.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { input: Input(bytes), ..Self::default() }
    }

    /// Executes the pickle and returns the tensors of the dictionary that it leaves.
    pub(super) fn run(mut self) -> Result<BTreeMap<String, Rc<PickledTensor>>, PickleError> {
        while self.step()? {}
        let root = self.pop()?;
        self.tensors(root)
    }

    /// Executes one opcode. Returns false at the end of the pickle.
    fn step(&mut self) -> Result<bool, PickleError> {
        match self.input.take::<1>()?[0] {
            b'.' => return Ok(false),
            0x80 => drop(self.input.take::<1>()?),
            0x95 => drop(self.input.take::<8>()?),
            b'(' => {
                self.marks.push(self.stack.len());
                self.limit()?;
            }
            b'0' => drop(self.pop()?),
            b'N' | 0x88 | 0x89 => self.push(Value::Other)?,
            b'G' => {
                self.input.take::<8>()?;
                self.push(Value::Other)?;
            }
            opcode @ (b'K' | b'M' | b'J' | 0x8a) => self.integer(opcode)?,
            opcode @ (b'X' | 0x8c) => self.text(opcode)?,
            opcode @ (b')' | b']' | b'}' | b't' | 0x85..=0x87) => self.collection(opcode)?,
            opcode @ (b'a' | b'e' | b's' | b'u') => self.fill(opcode)?,
            opcode @ (b'q' | b'r' | 0x94 | b'h' | b'j') => self.memoize(opcode)?,
            b'c' => self.global()?,
            0x93 => self.stack_global()?,
            b'Q' => self.persistent()?,
            b'R' => self.reduce()?,
            // The state of an object, such as the versions of an ordered dictionary's modules.
            b'b' => drop(self.pop()?),
            other => return malformed(format!("the opcode {other:#04x} has no place in weights")),
        }
        Ok(true)
    }

    fn integer(&mut self, opcode: u8) -> Result<(), PickleError> {
        let value = match opcode {
            b'K' => self.input.take::<1>()?[0].into(),
            b'M' => u16::from_le_bytes(self.input.take()?).into(),
            b'J' => i32::from_le_bytes(self.input.take()?).into(),
            _ => self.long()?,
        };
        self.push(Value::Int(value))
    }

    /// Reads an integer of any length, of which at most eight bytes are allowed.
    fn long(&mut self) -> Result<i64, PickleError> {
        let length = self.input.take::<1>()?[0] as usize;
        let raw = self.input.slice(length)?;
        if length > 8 {
            return malformed(format!("an integer of {length} bytes"));
        }
        let negative = raw.last().is_some_and(|last| *last >= 0x80);
        let mut bytes = [if negative { 0xff } else { 0 }; 8];
        bytes[..length].copy_from_slice(raw);
        Ok(i64::from_le_bytes(bytes))
    }

    fn text(&mut self, opcode: u8) -> Result<(), PickleError> {
        let length = match opcode {
            b'X' => u32::from_le_bytes(self.input.take()?) as usize,
            _ => self.input.take::<1>()?[0] as usize,
        };
        let text = self.input.slice(length)?;
        if length > MAX_TEXT {
            return malformed(format!("a name of {length} bytes"));
        }
        let text = utf8(text)?.into();
        self.push(Value::Text(text))
    }

    fn collection(&mut self, opcode: u8) -> Result<(), PickleError> {
        let value = match opcode {
            b'}' => Value::Dict(Vec::new()),
            b')' | b']' => Value::Sequence(Vec::new()),
            b't' => Value::Sequence(self.pop_to_mark()?),
            count => Value::Sequence(self.pop_many((count - 0x84).into())?),
        };
        if let Value::Sequence(items) = &value {
            self.n_items += items.len();
        }
        self.push(value)
    }

    /// Appends items to the list or dictionary below them.
    fn fill(&mut self, opcode: u8) -> Result<(), PickleError> {
        let items = match opcode {
            b'a' => self.pop_many(1)?,
            b's' => self.pop_many(2)?,
            _ => self.pop_to_mark()?,
        };
        self.n_items += items.len();
        let target = *self.stack.last().ok_or_else(underflow)?;
        match &mut self.values.0[target] {
            Value::Sequence(list) => list.extend(items),
            Value::Dict(entries) => {
                entries.extend(items.as_chunks().0.iter().map(|&[key, value]| (key, value)));
            }
            _ => return malformed("items for something that holds none"),
        }
        self.limit()
    }

    fn memoize(&mut self, opcode: u8) -> Result<(), PickleError> {
        let key = match opcode {
            b'q' | b'h' => self.input.take::<1>()?[0].into(),
            b'r' | b'j' => u32::from_le_bytes(self.input.take()?).into(),
            _ => self.memo.len() as u64,
        };
        if matches!(opcode, b'h' | b'j') {
            let unknown = || PickleError::Malformed(format!("nothing was remembered as {key}"));
            self.stack.push(*self.memo.get(&key).ok_or_else(unknown)?);
        } else {
            self.memo.insert(key, *self.stack.last().ok_or_else(underflow)?);
        }
        self.limit()
    }

    fn global(&mut self) -> Result<(), PickleError> {
        let module = self.input.line()?;
        let name = self.input.line()?;
        self.push(Value::Global(KnownGlobal::find(&module, &name)?))
    }

    fn stack_global(&mut self) -> Result<(), PickleError> {
        let names = self.pop_many(2)?;
        let known = KnownGlobal::find(self.values.text(names[0])?, self.values.text(names[1])?)?;
        self.push(Value::Global(known))
    }

    /// Makes a storage of `("storage", type, key, device, n_elements)`.
    fn persistent(&mut self) -> Result<(), PickleError> {
        let id = self.pop()?;
        let parts = self.values.sequence(id)?;
        let [tag, kind, key, ..] = *parts else { return malformed("a storage without a key") };
        let kind = match &self.values.0[kind] {
            Value::Global(known) => known.storage_type(),
            _ => None,
        };
        match (&**self.values.text(tag)?, kind) {
            ("storage", Some(kind)) => {
                let key = Rc::clone(self.values.text(key)?);
                self.push(Value::Storage { kind, key })
            }
            _ => malformed("a reference to something that is not a storage"),
        }
    }

    /// Makes the value for which Python would call a function.
    fn reduce(&mut self) -> Result<(), PickleError> {
        let call = self.pop_many(2)?;
        let arguments = self.values.sequence(call[1])?;
        let arguments = arguments[..arguments.len().min(MAX_ARGUMENTS)].to_vec();
        let value = match &self.values.0[call[0]] {
            Value::Global(KnownGlobal::OrderedDict) => Value::Dict(Vec::new()),
            Value::Global(KnownGlobal::RebuildTensor) => {
                self.n_tensors += 1;
                Value::Tensor(Rc::new(self.tensor(&arguments)?))
            }
            // A parameter is replaced by its tensor.
            Value::Global(KnownGlobal::RebuildParameter) => {
                self.stack.push(*arguments.first().ok_or_else(underflow)?);
                return self.limit();
            }
            _ => return malformed("a call of something that is not a function"),
        };
        self.push(value)
    }

    /// Makes a tensor of the arguments of `_rebuild_tensor_v2(storage, offset, shape, strides, ..)`.
    fn tensor(&self, arguments: &[ValueId]) -> Result<PickledTensor, PickleError> {
        let [storage, offset, shape, strides, ..] = *arguments else {
            return malformed("a tensor of too few parts");
        };
        let Value::Storage { kind, key } = &self.values.0[storage] else {
            return malformed("a tensor without a storage");
        };
        Ok(PickledTensor {
            storage_type: *kind,
            storage_key: Rc::clone(key),
            offset: self.values.size(offset)?,
            shape: self.values.sizes(shape)?,
            strides: self.values.sizes(strides)?,
        })
    }

    fn tensors(&self, root: ValueId) -> Result<BTreeMap<String, Rc<PickledTensor>>, PickleError> {
        let Value::Dict(entries) = &self.values.0[root] else {
            return malformed("it is not a dictionary");
        };
        let mut tensors = BTreeMap::new();
        for &(key, value) in entries {
            let name = self.values.text(key)?;
            let Value::Tensor(tensor) = &self.values.0[value] else {
                return malformed(format!("{name:?} is not a tensor"));
            };
            match tensors.entry(name.to_string()) {
                Entry::Vacant(entry) => entry.insert(Rc::clone(tensor)),
                Entry::Occupied(_) => return malformed(format!("{name:?} is there twice")),
            };
        }
        Ok(tensors)
    }

    fn push(&mut self, value: Value) -> Result<(), PickleError> {
        self.stack.push(self.values.0.len());
        self.values.0.push(value);
        self.limit()
    }

    fn limit(&self) -> Result<(), PickleError> {
        if self.n_tensors > MAX_TENSORS {
            return malformed(format!("it makes more than {MAX_TENSORS} tensors"));
        }
        let (n_values, n_remembered) = (self.values.0.len(), self.memo.len());
        let counts = [n_values, self.n_items, self.stack.len(), self.marks.len(), n_remembered];
        if counts.into_iter().any(|count| count > MAX_VALUES) {
            return malformed(format!("it makes more than {MAX_VALUES} values"));
        }
        Ok(())
    }

    fn pop(&mut self) -> Result<ValueId, PickleError> {
        self.stack.pop().ok_or_else(underflow)
    }

    fn pop_many(&mut self, count: usize) -> Result<Vec<ValueId>, PickleError> {
        let start = self.stack.len().checked_sub(count).ok_or_else(underflow)?;
        Ok(self.stack.split_off(start))
    }

    fn pop_to_mark(&mut self) -> Result<Vec<ValueId>, PickleError> {
        let mark = self.marks.pop().filter(|&mark| mark <= self.stack.len());
        Ok(self.stack.split_off(mark.ok_or_else(underflow)?))
    }
}
