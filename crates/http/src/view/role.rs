//! Documents of the family `role`.
