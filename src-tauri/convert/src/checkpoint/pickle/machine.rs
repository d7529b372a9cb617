//! A reader for the one kind of pickle that PyTorch weights are: a dictionary of tensors.
//!
//! A pickle is a program for a small stack machine, and Python's would call any function that
//! it names. This one calls nothing. It knows the few names that weights need and turns them
//! into plain values; any other name is an error that says which. Values live in a table and
//! refer to each other by index, so a pickle that nests or refers to itself costs no recursion.
//! The opcodes are those of Python's `pickletools`, protocols 2 to 5.

mod known;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use known::Known;

/// The most values that a pickle of weights may make: a hundred for each of ten thousand tensors.
const MAX_VALUES: usize = 1_000_000;
/// Bytes of the longest name, which is copied for every tensor that has it.
const MAX_TEXT: usize = 512;
/// Extents of a tensor, which are copied as well.
const MAX_EXTENTS: usize = 8;
/// Arguments of a call that are looked at, and a few more.
const MAX_ARGUMENTS: usize = 8;

/// A value by its place in the table.
type ValueId = usize;

/// A tensor as a pickle describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PickledTensor {
    /// The element type: PyTorch's name of the storage, such as `FloatStorage`.
    pub(crate) storage_type: String,
    /// The archive's name for the storage.
    pub(crate) storage_key: String,
    /// The first element within the storage.
    pub(crate) offset: u64,
    /// Extents, outermost first.
    pub(crate) shape: Vec<u64>,
    /// Elements from one index to the next, by axis.
    pub(crate) strides: Vec<u64>,
}

/// Why a pickle is not a dictionary of tensors.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PickleError {
    /// It names something that weights have no need of.
    Forbidden(String),
    /// It is broken, or a pickle of something else.
    Malformed(String),
}

#[derive(Debug, Clone)]
enum Value {
    /// `None`, booleans and floats: nothing that a tensor's place depends on.
    Other,
    Int(i64),
    Text(String),
    /// Tuples and lists.
    Sequence(Vec<ValueId>),
    Dict(Vec<(ValueId, ValueId)>),
    Global(Known),
    Storage {
        kind: &'static str,
        key: String,
    },
    Tensor(PickledTensor),
}

/// The tensors of a pickled dictionary, by name.
pub(crate) fn read_tensors(bytes: &[u8]) -> Result<BTreeMap<String, PickledTensor>, PickleError> {
    let mut machine = Machine { bytes, ..Machine::default() };
    while machine.step()? {}
    let root = machine.pop()?;
    machine.tensors(root)
}

/// The stack machine. Every value that was ever made is in `values`.
#[derive(Debug, Default)]
struct Machine<'a> {
    /// What is still to be read.
    bytes: &'a [u8],
    values: Vec<Value>,
    stack: Vec<ValueId>,
    /// Heights of the stack at each mark.
    marks: Vec<usize>,
    memo: BTreeMap<u64, ValueId>,
}

impl Machine<'_> {
    /// Executes one opcode; false at the end.
    fn step(&mut self) -> Result<bool, PickleError> {
        match self.take::<1>()?[0] {
            b'.' => return Ok(false),
            0x80 => drop(self.take::<1>()?),
            0x95 => drop(self.take::<8>()?),
            b'(' => {
                self.marks.push(self.stack.len());
                self.limit()?;
            }
            b'0' => drop(self.pop()?),
            b'N' | 0x88 | 0x89 => self.push(Value::Other)?,
            b'G' => {
                self.take::<8>()?;
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
            // State of an object: of an ordered dictionary, the versions of its modules.
            b'b' => drop(self.pop()?),
            other => return malformed(format!("the opcode {other:#04x} has no place in weights")),
        }
        Ok(true)
    }

    fn integer(&mut self, opcode: u8) -> Result<(), PickleError> {
        let value = match opcode {
            b'K' => self.take::<1>()?[0].into(),
            b'M' => u16::from_le_bytes(self.take()?).into(),
            b'J' => i32::from_le_bytes(self.take()?).into(),
            _ => self.long()?,
        };
        self.push(Value::Int(value))
    }

    /// An integer of any length, of which eight bytes are enough.
    fn long(&mut self) -> Result<i64, PickleError> {
        let length = self.take::<1>()?[0] as usize;
        let raw = self.slice(length)?;
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
            b'X' => u32::from_le_bytes(self.take()?) as usize,
            _ => self.take::<1>()?[0] as usize,
        };
        let text = self.slice(length)?;
        if length > MAX_TEXT {
            return malformed(format!("a name of {length} bytes"));
        }
        let text = utf8(text)?.to_owned();
        self.push(Value::Text(text))
    }

    fn collection(&mut self, opcode: u8) -> Result<(), PickleError> {
        let value = match opcode {
            b'}' => Value::Dict(Vec::new()),
            b')' | b']' => Value::Sequence(Vec::new()),
            b't' => Value::Sequence(self.pop_to_mark()?),
            count => Value::Sequence(self.pop_many((count - 0x84).into())?),
        };
        self.push(value)
    }

    /// Puts items into the list or dictionary below them.
    fn fill(&mut self, opcode: u8) -> Result<(), PickleError> {
        let items = match opcode {
            b'a' => self.pop_many(1)?,
            b's' => self.pop_many(2)?,
            _ => self.pop_to_mark()?,
        };
        let target = *self.stack.last().ok_or_else(underflow)?;
        match &mut self.values[target] {
            Value::Sequence(list) => list.extend(items),
            Value::Dict(entries) => {
                entries.extend(items.as_chunks().0.iter().map(|&[key, value]| (key, value)));
            }
            _ => return malformed("items for something that holds none"),
        }
        Ok(())
    }

    fn memoize(&mut self, opcode: u8) -> Result<(), PickleError> {
        let key = match opcode {
            b'q' | b'h' => self.take::<1>()?[0].into(),
            b'r' | b'j' => u32::from_le_bytes(self.take()?).into(),
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
        let module = self.line()?;
        let name = self.line()?;
        self.push(Value::Global(Known::find(&module, &name)?))
    }

    fn stack_global(&mut self) -> Result<(), PickleError> {
        let names = self.pop_many(2)?;
        let known = Known::find(self.as_text(names[0])?, self.as_text(names[1])?)?;
        self.push(Value::Global(known))
    }

    /// A storage in the archive: `("storage", type, key, device, n_elements)`.
    fn persistent(&mut self) -> Result<(), PickleError> {
        let id = self.pop()?;
        let parts = self.as_sequence(id)?;
        let [tag, kind, key, ..] = *parts else { return malformed("a storage without a key") };
        let kind = match &self.values[kind] {
            Value::Global(known) => known.storage_type(),
            _ => None,
        };
        match (self.as_text(tag)?, kind) {
            ("storage", Some(kind)) => {
                let key = self.as_text(key)?.to_owned();
                self.push(Value::Storage { kind, key })
            }
            _ => malformed("a reference to something that is not a storage"),
        }
    }

    /// Where Python would call a function.
    fn reduce(&mut self) -> Result<(), PickleError> {
        let call = self.pop_many(2)?;
        let arguments = self.as_sequence(call[1])?;
        let arguments = arguments[..arguments.len().min(MAX_ARGUMENTS)].to_vec();
        let value = match &self.values[call[0]] {
            Value::Global(Known::OrderedDict) => Value::Dict(Vec::new()),
            Value::Global(Known::RebuildTensor) => Value::Tensor(self.tensor(&arguments)?),
            // What it is made of stands for it.
            Value::Global(Known::RebuildParameter) => {
                self.stack.push(*arguments.first().ok_or_else(underflow)?);
                return self.limit();
            }
            _ => return malformed("a call of something that is not a function"),
        };
        self.push(value)
    }

    /// `_rebuild_tensor_v2(storage, offset, shape, strides, ..)`.
    fn tensor(&self, arguments: &[ValueId]) -> Result<PickledTensor, PickleError> {
        let [storage, offset, shape, strides, ..] = *arguments else {
            return malformed("a tensor of too few parts");
        };
        let Value::Storage { kind, key } = &self.values[storage] else {
            return malformed("a tensor without a storage");
        };
        Ok(PickledTensor {
            storage_type: (*kind).to_owned(),
            storage_key: key.clone(),
            offset: self.as_size(offset)?,
            shape: self.as_sizes(shape)?,
            strides: self.as_sizes(strides)?,
        })
    }

    fn tensors(&self, root: ValueId) -> Result<BTreeMap<String, PickledTensor>, PickleError> {
        let Value::Dict(entries) = &self.values[root] else {
            return malformed("it is not a dictionary");
        };
        let entry = |&(key, value): &(ValueId, ValueId)| match &self.values[value] {
            Value::Tensor(tensor) => Ok((self.as_text(key)?.to_owned(), tensor.clone())),
            _ => malformed(format!("{:?} is not a tensor", self.as_text(key)?)),
        };
        entries.iter().map(entry).collect()
    }

    fn as_text(&self, id: ValueId) -> Result<&str, PickleError> {
        match &self.values[id] {
            Value::Text(text) => Ok(text),
            _ => malformed("text was expected"),
        }
    }

    fn as_sequence(&self, id: ValueId) -> Result<&[ValueId], PickleError> {
        match &self.values[id] {
            Value::Sequence(items) => Ok(items),
            _ => malformed("a tuple was expected"),
        }
    }

    fn as_size(&self, id: ValueId) -> Result<u64, PickleError> {
        match self.values[id] {
            Value::Int(value) if value >= 0 => Ok(value.unsigned_abs()),
            _ => malformed("a size was expected"),
        }
    }

    fn as_sizes(&self, id: ValueId) -> Result<Vec<u64>, PickleError> {
        let sizes = self.as_sequence(id)?;
        if sizes.len() > MAX_EXTENTS {
            return malformed(format!("a tensor of {} extents", sizes.len()));
        }
        sizes.iter().map(|&id| self.as_size(id)).collect()
    }

    fn push(&mut self, value: Value) -> Result<(), PickleError> {
        self.stack.push(self.values.len());
        self.values.push(value);
        self.limit()
    }

    fn limit(&self) -> Result<(), PickleError> {
        let counts = [self.values.len(), self.stack.len(), self.marks.len(), self.memo.len()];
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

    fn take<const N: usize>(&mut self) -> Result<[u8; N], PickleError> {
        let (taken, rest) = self.bytes.split_first_chunk().ok_or_else(truncated)?;
        self.bytes = rest;
        Ok(*taken)
    }

    fn slice(&mut self, length: usize) -> Result<&[u8], PickleError> {
        let (taken, rest) = self.bytes.split_at_checked(length).ok_or_else(truncated)?;
        self.bytes = rest;
        Ok(taken)
    }

    fn line(&mut self) -> Result<String, PickleError> {
        let length = self.bytes.iter().position(|&byte| byte == b'\n').ok_or_else(truncated)?;
        let line = utf8(self.slice(length)?)?.to_owned();
        self.take::<1>()?;
        Ok(line)
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, PickleError> {
    std::str::from_utf8(bytes).map_err(|error| PickleError::Malformed(error.to_string()))
}

fn malformed<T>(problem: impl Into<String>) -> Result<T, PickleError> {
    Err(PickleError::Malformed(problem.into()))
}

fn underflow() -> PickleError {
    PickleError::Malformed("it takes more from its stack than there is".to_owned())
}

fn truncated() -> PickleError {
    PickleError::Malformed("it ends too early".to_owned())
}
