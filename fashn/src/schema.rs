//! JSON schemas, where deriving one would say less than the type holds. Behind the feature
//! `schema`.

use utoipa::ToSchema;
use utoipa::openapi::schema::{AnyOfBuilder, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{RefOr, SchemaFormat};

/// A schema with its name among the document's components.
pub type Named = (String, RefOr<Schema>);

/// The schema of a type with its name, after the schemas that it refers to.
pub(crate) fn with_parts<T: ToSchema>() -> Vec<Named> {
    let mut schemas = Vec::new();
    T::schemas(&mut schemas);
    schemas.push((T::name().into_owned(), T::schema()));
    schemas
}

/// A string that is one of these names.
pub(crate) fn one_of<'n>(names: impl Iterator<Item = &'n str>) -> RefOr<Schema> {
    strings(names).into()
}

/// A string, usually one of these names.
pub(crate) fn known_names<'n>(known: impl Iterator<Item = &'n str>) -> RefOr<Schema> {
    let any = ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .description(Some("One not known yet, passed on as it is."));
    AnyOfBuilder::new().item(strings(known)).item(any).into()
}

fn strings<'n>(names: impl Iterator<Item = &'n str>) -> Schema {
    ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).enum_values(Some(names)).into()
}

/// An address of a picture, or the picture itself.
pub(crate) fn picture() -> RefOr<Schema> {
    let address = ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .format(Some(SchemaFormat::Custom("uri".to_owned())))
        .pattern(Some("^https?://"))
        .description(Some("A public address."));
    let data = ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .pattern(Some("^data:image/[^,;]+;base64,[A-Za-z0-9+/]+=*$"))
        .description(Some("The picture itself, in base64."));
    AnyOfBuilder::new()
        .item(address)
        .item(data)
        .description(Some("An image URL, or the image in base64 with its prefix."))
        .into()
}

/// A whole number that is one of these.
pub(crate) fn one_of_numbers(numbers: impl Iterator<Item = u32>) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::Integer))
        .enum_values(Some(numbers))
        .into()
}

/// A whole number in a range.
pub(crate) fn whole_number(from: u32, to: u32) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::Integer))
        .minimum(Some(from))
        .maximum(Some(to))
        .into()
}
