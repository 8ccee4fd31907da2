//! Documents of the family `external_network`.
