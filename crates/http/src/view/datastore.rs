//! Documents of the family `datastore`.
