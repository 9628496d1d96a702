//! JSON schemas, where deriving one would say less than the type holds. Behind the feature `schema`.

use utoipa::openapi::schema::{AnyOfBuilder, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{RefOr, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

use crate::choice::Choice;
use crate::image::Image;
use crate::models::{Duration, OutputCount};

/// A string that is one of a choice's names.
pub(crate) fn one_of<T: Choice>() -> RefOr<Schema> {
    names(T::ALL.iter().map(|(name, _)| *name)).into()
}

/// A string, usually one of these names.
pub(crate) fn known_names<'n>(known: impl Iterator<Item = &'n str>) -> RefOr<Schema> {
    let any = ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .description(Some("One not known yet, passed on as it is."));
    AnyOfBuilder::new().item(names(known)).item(any).into()
}

fn names<'n>(names: impl Iterator<Item = &'n str>) -> Schema {
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .enum_values(Some(names))
        .into()
}

impl PartialSchema for Image<'_> {
    fn schema() -> RefOr<Schema> {
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
            .description(Some(
                "An image URL, or the image in base64 with its prefix.",
            ))
            .into()
    }
}

impl ToSchema for Image<'_> {}

impl PartialSchema for OutputCount {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::Integer))
            .minimum(Some(Self::MIN.get()))
            .maximum(Some(Self::MAX.get()))
            .into()
    }
}

impl ToSchema for OutputCount {}

impl PartialSchema for Duration {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::Integer))
            .enum_values(Some(Self::ALL.iter().map(|(_, value)| value.seconds())))
            .into()
    }
}

impl ToSchema for Duration {}
