//! The drives of a machine. Invariant: a machine has one of each kind, and in each there is one medium at most.

use crate::action::{Action, Need};
use crate::kind::Kind;
use crate::media;
use crate::power::resolved;
use crate::right::Right;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A drive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Drive {
    /// For images of discs.
    Cd,
    /// For images of floppy disks.
    Floppy,
}

impl Drive {
    /// Both, in the order of their items.
    pub const ALL: [Self; 2] = [Self::Cd, Self::Floppy];

    /// The drive for images of this type: `iso` or `floppy`.
    #[must_use]
    pub fn of_image(image_type: &str) -> Self {
        if image_type == "floppy" { Self::Floppy } else { Self::Cd }
    }

    /// CIM's number for what it is.
    #[must_use]
    pub const fn resource_type(self) -> i32 {
        match self {
            Self::Cd => 15,
            Self::Floppy => 14,
        }
    }

    /// The number of its hardware item.
    #[must_use]
    pub const fn instance(self) -> i32 {
        match self {
            Self::Cd => 3000,
            Self::Floppy => 8000,
        }
    }
}

/// What is in the drives of a machine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drives {
    /// The medium in the CD drive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cd: Option<Uuid>,
    /// The medium in the floppy drive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floppy: Option<Uuid>,
}

impl Drives {
    /// The medium in a drive.
    #[must_use]
    pub const fn medium(&self, drive: Drive) -> Option<Uuid> {
        match drive {
            Drive::Cd => self.cd,
            Drive::Floppy => self.floppy,
        }
    }

    /// Puts a medium into a drive, instead of what is there; `None` empties it.
    pub const fn put(&mut self, drive: Drive, medium: Option<Uuid>) {
        match drive {
            Drive::Cd => self.cd = medium,
            Drive::Floppy => self.floppy = medium,
        }
    }

    /// Takes a medium out, or with `None` whatever is in; answers whether there was anything to take out.
    pub fn eject(&mut self, medium: Option<Uuid>) -> bool {
        let before = *self;
        for drive in Drive::ALL {
            if medium.is_none() || self.medium(drive) == medium {
                self.put(drive, None);
            }
        }
        *self != before
    }

    /// All that is in.
    pub fn media(&self) -> impl Iterator<Item = Uuid> {
        [self.cd, self.floppy].into_iter().flatten()
    }
}

/// Puts a medium into a machine's drive. No guide names the right; this is the one that changes what a machine is.
pub const INSERT: Action = drive("/media/action/insertMedia").rel("media:insertMedia");
/// Takes it out.
pub const EJECT: Action = drive("/media/action/ejectMedia").rel("media:ejectMedia");

const fn drive(path: &'static str) -> Action {
    Action::post(Kind::Vm, path, Need::Right(Right::VAPP_EDIT_VM)).takes(media::MEDIA_INSERT_OR_EJECT_PARAMS).when(resolved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_out_is_what_was_meant() {
        let [disc, floppy] = [1, 2].map(Uuid::from_u128);
        let mut drives = Drives::default();
        assert!(!drives.eject(None), "nothing is in");
        drives.put(Drive::of_image("iso"), Some(disc));
        drives.put(Drive::of_image("floppy"), Some(floppy));
        assert!(!drives.eject(Some(Uuid::nil())), "another one is in");
        assert!(drives.eject(Some(floppy)));
        assert_eq!(drives.media().collect::<Vec<_>>(), [disc]);
        assert!(drives.eject(None) && drives == Drives::default());
    }
}
