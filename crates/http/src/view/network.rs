//! Documents of the family `network`.
