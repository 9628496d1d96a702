//! What the modules of one parsed file declare, import and mention.

use std::collections::BTreeMap;
use std::path::Path;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::parse::Parser as _;
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Attribute, Ident, Item, Meta, Token, UseTree, Visibility};

use crate::module::{Binds, Declared, Kind, Module, PathInCode, Use, below};

/// The modules of a file.
pub(crate) struct Found {
    pub(crate) modules: BTreeMap<String, Module>,
    /// Those with a file of their own.
    pub(crate) elsewhere: Vec<String>,
}

/// Reads the file of `module`.
pub(crate) fn modules_of(parsed: &syn::File, module: &str, file: &Path) -> Found {
    let mut reader = Reader {
        found: Found { modules: BTreeMap::new(), elsewhere: Vec::new() },
        path: module.to_owned(),
        module: Module { file: file.to_owned(), ..Module::default() },
    };
    reader.visit_file(parsed);
    let Reader { mut found, module, .. } = reader;
    found.modules.insert(reader.path, module);
    found
}

struct Reader {
    found: Found,
    path: String,
    module: Module,
}

/// Whether code with these attributes is compiled for tests only.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    fn requires_test(meta: &Meta) -> bool {
        match meta {
            Meta::Path(path) => path.is_ident("test"),
            Meta::List(list) if list.path.is_ident("all") => {
                inner(list).any(|it| requires_test(&it))
            }
            _ => false,
        }
    }
    fn inner(list: &syn::MetaList) -> impl Iterator<Item = Meta> {
        let parsed = Punctuated::<Meta, Token![,]>::parse_terminated.parse2(list.tokens.clone());
        parsed.into_iter().flatten()
    }
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => inner(list).any(|it| requires_test(&it)),
        _ => false,
    })
}

impl Reader {
    fn declare(&mut self, name: &Ident, kind: Kind) {
        self.module.declared.push(Declared {
            text: name.unraw().to_string(),
            kind,
            line: name.span().start().line,
        });
    }

    fn declare_item(&mut self, name: &Ident, kind: Kind) {
        self.module.items.insert(name.unraw().to_string());
        self.declare(name, kind);
    }

    fn visit_module(&mut self, module: &syn::ItemMod) {
        let name = module.ident.unraw().to_string();
        let for_tests = is_for_tests(&module.attrs) || name == "tests";
        let Some((_, items)) = module.content.as_ref().filter(|_| !for_tests) else {
            if !for_tests {
                self.declare(&module.ident, Kind::Module);
                self.found.elsewhere.push(below(&self.path, &name));
                self.module.children.insert(name);
            } else if module.content.is_some() {
                self.module.inline_tests = Some(module.ident.span().start().line);
            }
            return;
        };
        self.declare(&module.ident, Kind::Module);
        let path = below(&self.path, &name);
        self.module.children.insert(name);
        let inner = Module { file: self.module.file.clone(), ..Module::default() };
        let outer_path = std::mem::replace(&mut self.path, path);
        let outer = std::mem::replace(&mut self.module, inner);
        for item in items {
            self.visit_item(item);
        }
        let path = std::mem::replace(&mut self.path, outer_path);
        let inner = std::mem::replace(&mut self.module, outer);
        self.found.modules.insert(path, inner);
    }

    fn add_use(&mut self, tree: &UseTree, above: &[String], is_reexport: bool) {
        let mut add = |target: Vec<String>, binds, end: proc_macro2::Span| {
            self.module.uses.push(Use { target, binds, is_reexport, line: end.start().line });
        };
        let with = |ident: &Ident| [above, &[ident.unraw().to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.add_use(&path.tree, &with(&path.ident), is_reexport),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.add_use(tree, above, is_reexport);
                }
            }
            UseTree::Glob(glob) => add(above.to_vec(), Binds::Everything, glob.star_token.span),
            UseTree::Name(name) if name.ident == "self" => {
                let bound = above.last().cloned().unwrap_or_default();
                add(above.to_vec(), Binds::Name(bound), name.ident.span());
            }
            UseTree::Name(name) => {
                let bound = Binds::Name(name.ident.unraw().to_string());
                add(with(&name.ident), bound, name.ident.span());
            }
            UseTree::Rename(rename) => {
                let target =
                    if rename.ident == "self" { above.to_vec() } else { with(&rename.ident) };
                let binds = if rename.rename == "_" {
                    Binds::Nothing
                } else {
                    Binds::Name(rename.rename.unraw().to_string())
                };
                add(target, binds, rename.ident.span());
            }
        }
    }

    /// Finds the paths in tokens that no grammar is known of: a macro's, an attribute's.
    fn read_tokens(&mut self, tokens: &TokenStream) {
        let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            at += 1;
            match token {
                TokenTree::Group(group) => self.read_tokens(&group.stream()),
                TokenTree::Ident(first) => {
                    let mut segments = vec![first.unraw().to_string()];
                    let is_member = at > 1 && is_punct(tokens.get(at - 2), '.');
                    while is_punct(tokens.get(at), ':') && is_punct(tokens.get(at + 1), ':') {
                        match tokens.get(at + 2) {
                            Some(TokenTree::Ident(next)) => segments.push(next.unraw().to_string()),
                            Some(TokenTree::Group(group)) => {
                                self.read_use_group(&segments, group);
                                segments.clear();
                            }
                            _ => break,
                        }
                        at += 3;
                    }
                    if !segments.is_empty() && !is_member {
                        let line = first.span().start().line;
                        self.module.paths.push(PathInCode { segments, line });
                    }
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }

    /// `crate::a::{b, c}` among tokens.
    fn read_use_group(&mut self, above: &[String], group: &Group) {
        let trees = Punctuated::<UseTree, Token![,]>::parse_terminated.parse2(group.stream());
        for tree in trees.into_iter().flatten() {
            self.add_use(&tree, above, false);
        }
    }

    /// Names that the tokens of a macro call declare: `struct Name`, and a leading `Name { … }`.
    fn declare_from_tokens(&mut self, tokens: &TokenStream) {
        let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
        for (at, token) in tokens.iter().enumerate() {
            let TokenTree::Ident(name) = token else {
                if let TokenTree::Group(group) = token {
                    self.declare_from_tokens(&group.stream());
                }
                continue;
            };
            let before = at.checked_sub(1).and_then(|before| tokens.get(before));
            let keyword = match before {
                Some(TokenTree::Ident(before)) => before.to_string(),
                _ => String::new(),
            };
            let starts_type = matches!(tokens.get(at + 1), Some(TokenTree::Group(group))
                if group.delimiter() == Delimiter::Brace)
                && name.to_string().starts_with(char::is_uppercase);
            match keyword.as_str() {
                "mod" => self.declare_item(name, Kind::Module),
                "struct" | "enum" | "union" | "trait" | "type" => {
                    self.declare_item(name, Kind::Type);
                }
                "fn" => self.declare_item(name, Kind::Function),
                "const" | "static" => self.declare_item(name, Kind::Constant),
                "for" | "impl" | "of" => {}
                _ if starts_type => self.declare_item(name, Kind::Type),
                _ => {}
            }
        }
    }
}

fn is_punct(token: Option<&TokenTree>, wanted: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == wanted)
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes = match item {
            Item::Const(item) => &item.attrs,
            Item::Enum(item) => &item.attrs,
            Item::ExternCrate(item) => &item.attrs,
            Item::Fn(item) => &item.attrs,
            Item::ForeignMod(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Macro(item) => &item.attrs,
            Item::Mod(item) => return self.visit_module(item),
            Item::Static(item) => &item.attrs,
            Item::Struct(item) => &item.attrs,
            Item::Trait(item) => &item.attrs,
            Item::TraitAlias(item) => &item.attrs,
            Item::Type(item) => &item.attrs,
            Item::Union(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            _ => &Vec::new(),
        };
        if is_for_tests(attributes) {
            return;
        }
        match item {
            Item::Const(item) => self.declare_item(&item.ident, Kind::Constant),
            Item::Enum(item) => self.declare_item(&item.ident, Kind::Type),
            Item::Fn(item) => self.declare_item(&item.sig.ident, Kind::Function),
            Item::Macro(item) => match &item.ident {
                Some(name) => self.declare_item(name, Kind::Macro),
                None => self.declare_from_tokens(&item.mac.tokens),
            },
            Item::Static(item) => self.declare_item(&item.ident, Kind::Constant),
            Item::Struct(item) => self.declare_item(&item.ident, Kind::Type),
            Item::Trait(item) => self.declare_item(&item.ident, Kind::Type),
            Item::TraitAlias(item) => self.declare_item(&item.ident, Kind::Type),
            Item::Type(item) => self.declare_item(&item.ident, Kind::Type),
            Item::Union(item) => self.declare_item(&item.ident, Kind::Type),
            _ => {}
        }
        visit::visit_item(self, item);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if item.leading_colon.is_none() {
            let is_reexport = !matches!(item.vis, Visibility::Inherited);
            self.add_use(&item.tree, &[], is_reexport);
        }
    }

    fn visit_impl_item(&mut self, item: &'ast syn::ImplItem) {
        let (attributes, name) = match item {
            syn::ImplItem::Const(item) => (&item.attrs, Some((&item.ident, Kind::Constant))),
            syn::ImplItem::Fn(item) => (&item.attrs, Some((&item.sig.ident, Kind::Function))),
            syn::ImplItem::Type(item) => (&item.attrs, Some((&item.ident, Kind::Type))),
            _ => (&Vec::new(), None),
        };
        if is_for_tests(attributes) {
            return;
        }
        if let Some((name, kind)) = name {
            self.declare(name, kind);
        }
        visit::visit_impl_item(self, item);
    }

    fn visit_trait_item(&mut self, item: &'ast syn::TraitItem) {
        match item {
            syn::TraitItem::Const(item) => self.declare(&item.ident, Kind::Constant),
            syn::TraitItem::Fn(item) => self.declare(&item.sig.ident, Kind::Function),
            syn::TraitItem::Type(item) => self.declare(&item.ident, Kind::Type),
            _ => {}
        }
        visit::visit_trait_item(self, item);
    }

    fn visit_variant(&mut self, variant: &'ast syn::Variant) {
        if !is_for_tests(&variant.attrs) {
            self.declare(&variant.ident, Kind::Variant);
            visit::visit_variant(self, variant);
        }
    }

    fn visit_field(&mut self, field: &'ast syn::Field) {
        if is_for_tests(&field.attrs) {
            return;
        }
        if let Some(name) = &field.ident {
            self.declare(name, Kind::Field);
        }
        visit::visit_field(self, field);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let idents = path.segments.iter().map(|segment| &segment.ident);
        if let (None, Some(first)) = (&path.leading_colon, idents.clone().next()) {
            self.module.paths.push(PathInCode {
                segments: idents.map(|ident| ident.unraw().to_string()).collect(),
                line: first.span().start().line,
            });
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.visit_path(&call.path);
        self.read_tokens(&call.tokens);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let Meta::List(list) = &attribute.meta {
            self.read_tokens(&list.tokens);
        }
    }

    /// `pub(in crate::models)` names who may see an item, and imports nothing.
    fn visit_vis_restricted(&mut self, _: &'ast syn::VisRestricted) {}
}
