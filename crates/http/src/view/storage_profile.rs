//! Documents of the family `storage_profile`.
