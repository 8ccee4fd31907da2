//! Documents of the family `provider_vdc`.
