//! The order of a module's functions. gzip finds what repeats within 32 kB, so functions that begin
//! alike stand side by side: a fiftieth of the gateway's bundle. wasm-bindgen's order is by length.

use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{CodeSection, FunctionSection, Module};
use wasmparser::{CodeSectionReader, FunctionBody, FunctionSectionReader, Parser, Payload};

/// The same module with its functions in the order of their code.
pub fn by_code(wasm: &[u8]) -> Result<Vec<u8>, Error> {
    let mut imported = 0;
    let mut bodies = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let is_function = matches!(import?.ty, wasmparser::TypeRef::Func(_));
                    imported += u32::from(is_function);
                }
            }
            Payload::CodeSectionEntry(body) => bodies.push(body),
            _ => {}
        }
    }
    let mut order: Vec<usize> = (0..bodies.len()).collect();
    order.sort_by_key(|old| bodies.get(*old).map(FunctionBody::as_bytes));
    let mut module = Module::new();
    let mut reorder = Reorder { imported, places: places(&order), order };
    reorder.parse_core_module(&mut module, Parser::new(0), wasm)?;
    Ok(module.finish())
}

/// Where each is, by where it was.
fn places(order: &[usize]) -> Vec<u32> {
    let mut places: Vec<_> = order.iter().zip(0..).collect();
    places.sort_by_key(|(old, _)| **old);
    places.into_iter().map(|(_, place)| place).collect()
}

struct Reorder {
    imported: u32,
    /// By place, which function of the module it was.
    order: Vec<usize>,
    places: Vec<u32>,
}

impl Reorder {
    fn sorted<T: Clone>(&self, items: &[T]) -> Vec<T> {
        self.order.iter().filter_map(|old| items.get(*old).cloned()).collect()
    }
}

impl Reencode for Reorder {
    type Error = std::convert::Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, Error> {
        let defined = function.checked_sub(self.imported);
        let place = defined.and_then(|defined| self.places.get(usize::try_from(defined).ok()?));
        Ok(place.map_or(function, |place| self.imported + place))
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Result<(), Error> {
        let types = section.into_iter().collect::<Result<Vec<_>, _>>()?;
        for index in self.sorted(&types) {
            functions.function(utils::type_index(self, index));
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: CodeSectionReader<'_>,
    ) -> Result<(), Error> {
        let bodies = section.into_iter().collect::<Result<Vec<_>, _>>()?;
        for body in self.sorted(&bodies) {
            self.parse_function_body(code, body)?;
        }
        Ok(())
    }
}
