//! Documents of the family `vim_server`.
