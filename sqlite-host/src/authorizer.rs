//! What a statement may do. The platform refuses other databases, temporary tables, transactions as
//! SQL and nearly every pragma; the account needs none of what is refused here.

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

/// Names of the platform's own tables begin like this.
const RESERVED: &str = "_cf_";

/// The functions that the account's statements call, and those that `ALTER TABLE` calls itself.
const FUNCTIONS: &[&str] =
    &["count", "min", "sum", "printf", "substr", "length", "glob", "sqlite_fail"];

pub(crate) fn judge(context: &AuthContext<'_>, is_trusted: bool) -> Authorization {
    if is_trusted || allows(&context.action) { Authorization::Allow } else { Authorization::Deny }
}

fn allows(action: &AuthAction<'_>) -> bool {
    match *action {
        // The last two are what creating an index and `ALTER TABLE` do at their end.
        AuthAction::Select
        | AuthAction::Reindex { .. }
        | AuthAction::Pragma { pragma_name: "quick_check", .. } => true,
        AuthAction::Read { table_name, .. }
        | AuthAction::Insert { table_name }
        | AuthAction::Update { table_name, .. }
        | AuthAction::Delete { table_name }
        | AuthAction::CreateTable { table_name }
        | AuthAction::CreateIndex { table_name, .. }
        | AuthAction::AlterTable { table_name, .. } => !table_name.starts_with(RESERVED),
        AuthAction::Function { function_name } => FUNCTIONS.contains(&function_name),
        _ => false,
    }
}
