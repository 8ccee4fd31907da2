//! Documents of the family `network_pool`.
