//! The setting `STAFF_ROLES`: further staff (`docs/staff.md` has an example).

use fashn::fields::{FieldErrors, Fields};

use crate::auth::garment_signature::PREVIOUS;
use crate::auth::roles::{Operator, Proof, Role};
use crate::auth::secret::Secret;
use crate::config::shops::{Shops, is_named_after};
use crate::config::table;

/// Reads the table. `named` looks a secret up by its name, or says what is wrong with it.
pub fn read(
    json: &str,
    shops: Option<&Shops>,
    named: &dyn Fn(&str) -> Result<Secret, String>,
) -> Result<Vec<Role>, FieldErrors> {
    let mut table = Fields::parse(json.as_bytes(), "a field of a role")?;
    let mut roles: Vec<Role> = Vec::new();
    while let Some((name, mut fields)) = table.open_next() {
        let proof = proof(&mut fields, named);
        let is_owner = match fields.text("role").as_deref() {
            Some("owner") => true,
            Some("viewer") => false,
            _ => {
                fields.add_error("role", "must be owner or viewer");
                false
            }
        };
        let shop = fields.text("shop").map(std::borrow::Cow::into_owned);
        if let (Some(shop), Some(shops)) = (&shop, shops)
            && !shops.has(shop)
        {
            fields.add_error(
                "shop",
                "must be the name of a shop in SHOPS, or empty: the default shop",
            );
        }
        if let Some(proof) = proof {
            let same = roles.iter().find(|other| is_same(&other.proof, &proof));
            if let Some(other) = same {
                let message = format!("is the same as that of {}", other.operator.name);
                fields.add_error(
                    if let Proof::Token(_) = proof { "token" } else { "email" },
                    message,
                );
            }
            roles.push(Role { proof, operator: Operator { name, is_owner, shop } });
        }
        table.close(fields);
    }
    table.finish_with(Some(roles))
}

fn proof(
    fields: &mut Fields<'_, '_>,
    named: &dyn Fn(&str) -> Result<Secret, String>,
) -> Option<Proof> {
    let (token, email) = (fields.text("token"), fields.text("email"));
    match (token, email) {
        (Some(name), None) => {
            let own = table::STAFF_TOKEN.name;
            let is_sound = name != own && is_named_after(own, &name) && !name.ends_with(PREVIOUS);
            let secret = if is_sound {
                named(&name)
            } else {
                Err("must be the name of a secret that begins with STAFF_TOKEN_, in capitals: not \
                     the token"
                    .to_owned())
            };
            secret.map_err(|message| fields.add_error("token", message)).ok().map(Proof::Token)
        }
        (None, Some(email)) if email.contains('@') => Some(Proof::Email(email.into_owned())),
        (None, Some(_)) => {
            fields.add_error("email", "must be an email address");
            None
        }
        (Some(_), Some(_)) | (None, None) => {
            fields.add_error("token", "or email is required, one of them: who is it?");
            None
        }
    }
}

fn is_same(one: &Proof, other: &Proof) -> bool {
    match (one, other) {
        (Proof::Token(one), Proof::Token(other)) => one.matches(other.reveal()),
        (Proof::Email(one), Proof::Email(other)) => one.eq_ignore_ascii_case(other),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
