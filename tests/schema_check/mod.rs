//! JSON Schema, as far as ours go: an unknown keyword is a panic, so that nothing passes unread. A complete validator has thirty crates behind it that change
//! what wgpu is compiled with, which is then compiled twice.

use serde_json::Value;

/// Keywords that restrict nothing.
const WORDS: [&str; 6] = ["$schema", "$defs", "title", "description", "format", "default"];

/// What of `value` does not fit `schema`, a schema with its definitions: a line for each, with its place. None for a value that fits.
pub(crate) fn misfits(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    Schema { root: schema, part: schema }.check(value, "", &mut found);
    found
}

/// A part of a schema.
#[derive(Clone, Copy)]
struct Schema<'a> {
    root: &'a Value,
    part: &'a Value,
}

impl<'a> Schema<'a> {
    fn check(self, value: &Value, place: &str, found: &mut Vec<String>) {
        let Some(keywords) = self.part.as_object() else {
            assert_eq!(self.part, true, "{place}: a schema is an object or allows anything");
            return;
        };
        for (keyword, rule) in keywords.iter().filter(|(keyword, _)| !WORDS.contains(&keyword.as_str())) {
            if !self.keeps(keyword, rule, value, place, found) {
                found.push(format!("{place}: {value} is against {keyword} {rule}"));
            }
        }
    }

    /// Whether `value` itself keeps one rule. What lies inside of it is checked, and goes to `found`.
    fn keeps(self, keyword: &str, rule: &'a Value, value: &Value, place: &str, found: &mut Vec<String>) -> bool {
        let count = |array: &Vec<Value>| array.len() as u64;
        match keyword {
            "$ref" => self.definition(rule).check(value, place, found),
            "properties" | "additionalProperties" => self.members(keyword, rule, value, place, found),
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    self.at(rule).check(item, &format!("{place}/{index}"), found);
                }
            }
            "type" => return list(rule).iter().any(|kind| is_of(value, kind)),
            "const" => return value == rule,
            "enum" => return list(rule).contains(value),
            "minimum" => return value.as_f64().is_none_or(|number| Some(number) >= rule.as_f64()),
            "minItems" => return value.as_array().is_none_or(|array| Some(count(array)) >= rule.as_u64()),
            "maxItems" => return value.as_array().is_none_or(|array| Some(count(array)) <= rule.as_u64()),
            "required" => return value.as_object().is_none_or(|object| all_in(rule, |name| object.contains_key(name))),
            "anyOf" => return self.fitting(rule, value) > 0,
            "oneOf" => return self.fitting(rule, value) == 1,
            _ => panic!("{place}: {keyword} is a keyword that this check does not know"),
        }
        true
    }

    fn at(self, part: &'a Value) -> Self {
        Self { part, ..self }
    }

    fn definition(self, reference: &Value) -> Self {
        let pointer = reference.as_str().and_then(|text| text.strip_prefix('#')).expect("a place in the schema");
        self.at(self.root.pointer(pointer).expect("a definition"))
    }

    fn members(self, keyword: &str, rule: &'a Value, value: &Value, place: &str, found: &mut Vec<String>) {
        let named = &self.part["properties"];
        for (name, member) in value.as_object().into_iter().flatten() {
            let schema =
                if keyword == "properties" { rule.get(name) } else { Some(rule).filter(|_| named.get(name).is_none()) };
            if let Some(schema) = schema {
                self.at(schema).check(member, &format!("{place}/{name}"), found);
            }
        }
    }

    /// How many of several schemas `value` fits.
    fn fitting(self, schemas: &'a Value, value: &Value) -> usize {
        let fits = |part: &&'a Value| {
            let mut found = Vec::new();
            self.at(part).check(value, "", &mut found);
            found.is_empty()
        };
        schemas.as_array().expect("schemas").iter().filter(fits).count()
    }
}

/// One, or several.
fn list(rule: &Value) -> &[Value] {
    rule.as_array().map_or(std::slice::from_ref(rule), Vec::as_slice)
}

fn all_in(names: &Value, has: impl Fn(&str) -> bool) -> bool {
    list(names).iter().all(|name| name.as_str().is_some_and(&has))
}

fn is_of(value: &Value, kind: &Value) -> bool {
    match kind.as_str().expect("the name of a type") {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_u64() || value.is_i64() || value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{other} is no type"),
    }
}
