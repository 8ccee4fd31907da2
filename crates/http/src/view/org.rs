//! Documents of the family `org`.
