//! Guest operating systems, by the names that vSphere gives them. Invariant: a guest stands in the first generation that it is offered in,
//! and is offered in all later ones.
//!
//! Names and numbers are facts: vSphere's identifiers, CIM's numbers of operating systems (`CIM_OperatingSystem.OSType`). What a guest needs
//! is what its maker asked for when it came out, by groups.

use super::{Adapter, BUS_LOGIC, Card, E1000, E1000E, IDE, LSI_LOGIC, LSI_LOGIC_SAS, PARAVIRTUAL, VMXNET3};

/// A family of guests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// Windows and what came before it.
    Windows,
    /// Linux.
    Linux,
    /// Anything else.
    Other,
}

impl Family {
    /// All families, in the order in which documents have them.
    pub const ALL: [Self; 3] = [Self::Windows, Self::Linux, Self::Other];

    /// Its name and number in documents.
    #[must_use]
    pub const fn label(self) -> (&'static str, i32) {
        match self {
            Self::Windows => ("Microsoft Windows", 1),
            Self::Linux => ("Linux", 2),
            Self::Other => ("Other", 3),
        }
    }
}

/// What guests of a group need and can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needs {
    /// Disk in GB.
    pub disk_gb: i32,
    /// Memory in MB.
    pub memory_mb: i32,
    /// The disk controller it gets by itself.
    pub adapter: Adapter,
    /// The network card it gets by itself.
    pub card: Card,
    /// The most sockets it uses; `None` for as many as there are.
    pub sockets: Option<u16>,
    /// Whether memory can be added while it runs.
    pub hot_add: bool,
    /// How its name and addresses are set: not at all, or by itself, or with files of its maker.
    pub setup: Setup,
}

/// How a guest's name and addresses are set from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setup {
    /// They are not.
    Never,
    /// By what the guest has.
    Itself,
    /// With `sysprep` files that an administrator provides.
    Sysprep,
}

/// A guest operating system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guest {
    /// vSphere's name of it, as in `ubuntu64Guest`.
    pub id: &'static str,
    /// Its name in full.
    pub name: &'static str,
    /// Its family.
    pub family: Family,
    /// CIM's number for it.
    pub cim: i32,
    /// The version beside that number; 0 where the number alone tells.
    pub version: i32,
    /// The first generation it is offered in.
    pub since: u16,
    /// What it needs.
    pub needs: Needs,
}

impl Guest {
    /// Whether it has 64 bits: its name says so, except for ESXi, which has nothing else.
    #[must_use]
    pub fn wide(&self) -> bool {
        self.id.contains("64") || self.id.starts_with("vmkernel")
    }
}

const fn needs(disk_gb: i32, memory_mb: i32, adapter: Adapter, card: Card) -> Needs {
    Needs { disk_gb, memory_mb, adapter, card, sockets: None, hot_add: true, setup: Setup::Itself }
}

const SERVER: Needs = needs(32, 512, LSI_LOGIC_SAS, E1000E);
const NEW_SERVER: Needs = needs(32, 2_048, LSI_LOGIC_SAS, VMXNET3);
const OLD_SERVER: Needs = Needs { setup: Setup::Sysprep, ..needs(8, 256, LSI_LOGIC, E1000) };
const DESKTOP: Needs = Needs { sockets: Some(2), hot_add: false, ..needs(20, 1_024, LSI_LOGIC_SAS, E1000E) };
const NEW_DESKTOP: Needs = Needs { sockets: Some(4), ..needs(64, 4_096, LSI_LOGIC_SAS, VMXNET3) };
const OLD_DESKTOP: Needs = Needs { sockets: Some(2), hot_add: false, setup: Setup::Sysprep, ..needs(4, 128, BUS_LOGIC, E1000) };
const OLD_DESKTOP_64: Needs = Needs { adapter: LSI_LOGIC, ..OLD_DESKTOP };
const LINUX: Needs = needs(8, 512, PARAVIRTUAL, VMXNET3);
const OLD_LINUX: Needs = needs(4, 256, LSI_LOGIC, E1000);
const APPLIANCE: Needs = needs(8, 256, PARAVIRTUAL, VMXNET3);
const PLAIN: Needs = Needs { hot_add: false, setup: Setup::Never, ..needs(8, 256, LSI_LOGIC, E1000) };
const TINY: Needs = Needs { adapter: IDE, sockets: Some(1), ..needs_of(PLAIN, 1, 32) };
const MAC: Needs = needs_of(PLAIN, 40, 2_048);

const fn needs_of(like: Needs, disk_gb: i32, memory_mb: i32) -> Needs {
    Needs { disk_gb, memory_mb, ..like }
}

const fn windows(id: &'static str, name: &'static str, cim: i32, since: u16, needs: Needs) -> Guest {
    Guest { id, name, family: Family::Windows, cim, version: 0, since, needs }
}

const fn linux(id: &'static str, name: &'static str, (cim, version): (i32, i32), since: u16, needs: Needs) -> Guest {
    Guest { id, name, family: Family::Linux, cim, version, since, needs }
}

const fn other(id: &'static str, name: &'static str, cim: i32, since: u16, needs: Needs) -> Guest {
    Guest { id, name, family: Family::Other, cim, version: 0, since, needs }
}

/// All guests, by family, the newest of each maker first.
pub const GUESTS: &[Guest] = &[
    windows("windows2022srvNext_64Guest", "Microsoft Windows Server 2025 (64-bit)", 1, 20, NEW_SERVER),
    windows("windows2019srvNext_64Guest", "Microsoft Windows Server 2022 (64-bit)", 1, 18, NEW_SERVER),
    windows("windows2019srv_64Guest", "Microsoft Windows Server 2019 (64-bit)", 121, 15, NEW_SERVER),
    windows("windows9Server64Guest", "Microsoft Windows Server 2016 (64-bit)", 116, 10, SERVER),
    windows("windows8Server64Guest", "Microsoft Windows Server 2012 (64-bit)", 112, 8, SERVER),
    windows("windows7Server64Guest", "Microsoft Windows Server 2008 R2 (64-bit)", 103, 7, SERVER),
    windows("winLonghorn64Guest", "Microsoft Windows Server 2008 (64-bit)", 77, 4, SERVER),
    windows("winLonghornGuest", "Microsoft Windows Server 2008 (32-bit)", 76, 4, SERVER),
    windows("winNetEnterprise64Guest", "Microsoft Windows Server 2003 (64-bit)", 70, 4, OLD_SERVER),
    windows("winNetEnterpriseGuest", "Microsoft Windows Server 2003 (32-bit)", 69, 4, OLD_SERVER),
    windows("winNetDatacenter64Guest", "Microsoft Windows Server 2003 Datacenter (64-bit)", 70, 4, OLD_SERVER),
    windows("winNetDatacenterGuest", "Microsoft Windows Server 2003 Datacenter (32-bit)", 69, 4, OLD_SERVER),
    windows("winNetStandard64Guest", "Microsoft Windows Server 2003 Standard (64-bit)", 70, 4, OLD_SERVER),
    windows("winNetStandardGuest", "Microsoft Windows Server 2003 Standard (32-bit)", 69, 4, OLD_SERVER),
    windows("winNetWebGuest", "Microsoft Windows Server 2003 Web Edition (32-bit)", 69, 4, OLD_SERVER),
    windows("winNetBusinessGuest", "Microsoft Small Business Server 2003", 69, 4, OLD_SERVER),
    windows("windows12_64Guest", "Microsoft Windows 12 (64-bit)", 1, 20, NEW_DESKTOP),
    windows("windows11_64Guest", "Microsoft Windows 11 (64-bit)", 1, 18, NEW_DESKTOP),
    windows("windows9_64Guest", "Microsoft Windows 10 (64-bit)", 120, 10, DESKTOP),
    windows("windows9Guest", "Microsoft Windows 10 (32-bit)", 119, 10, DESKTOP),
    windows("windows8_64Guest", "Microsoft Windows 8.x (64-bit)", 114, 8, DESKTOP),
    windows("windows8Guest", "Microsoft Windows 8.x (32-bit)", 113, 8, DESKTOP),
    windows("windows7_64Guest", "Microsoft Windows 7 (64-bit)", 105, 7, DESKTOP),
    windows("windows7Guest", "Microsoft Windows 7 (32-bit)", 105, 7, DESKTOP),
    windows("winVista64Guest", "Microsoft Windows Vista (64-bit)", 74, 4, DESKTOP),
    windows("winVistaGuest", "Microsoft Windows Vista (32-bit)", 73, 4, DESKTOP),
    windows("winXPPro64Guest", "Microsoft Windows XP Professional (64-bit)", 71, 4, OLD_DESKTOP_64),
    windows("winXPProGuest", "Microsoft Windows XP Professional (32-bit)", 67, 4, OLD_DESKTOP),
    windows("win2000AdvServGuest", "Microsoft Windows 2000 Server", 58, 4, OLD_DESKTOP),
    windows("win2000ProGuest", "Microsoft Windows 2000 Professional", 58, 4, OLD_DESKTOP),
    windows("winNTGuest", "Microsoft Windows NT", 18, 4, TINY),
    windows("win98Guest", "Microsoft Windows 98", 17, 4, TINY),
    windows("win95Guest", "Microsoft Windows 95", 16, 4, TINY),
    windows("win31Guest", "Microsoft Windows 3.1", 15, 4, TINY),
    windows("dosGuest", "Microsoft MS-DOS", 14, 4, TINY),
    linux("almalinux_64Guest", "AlmaLinux (64-bit)", (101, 0), 20, LINUX),
    linux("amazonlinux3_64Guest", "Amazon Linux 3 (64-bit)", (101, 3), 18, LINUX),
    linux("amazonlinux2_64Guest", "Amazon Linux 2 (64-bit)", (101, 2), 15, LINUX),
    linux("asianux9_64Guest", "Asianux Server 9 (64-bit)", (101, 9), 18, LINUX),
    linux("asianux8_64Guest", "Asianux Server 8 (64-bit)", (101, 8), 14, LINUX),
    linux("asianux7_64Guest", "Asianux Server 7 (64-bit)", (101, 7), 10, LINUX),
    linux("asianux4_64Guest", "Asianux 4 (64-bit)", (101, 4), 7, OLD_LINUX),
    linux("asianux4Guest", "Asianux 4 (32-bit)", (36, 4), 7, OLD_LINUX),
    linux("centos9_64Guest", "CentOS 9 (64-bit)", (107, 9), 18, LINUX),
    linux("centos8_64Guest", "CentOS 8 (64-bit)", (107, 8), 14, LINUX),
    linux("centos7_64Guest", "CentOS 7 (64-bit)", (107, 7), 10, LINUX),
    linux("centos7Guest", "CentOS 7 (32-bit)", (106, 7), 10, LINUX),
    linux("centos6_64Guest", "CentOS 6 (64-bit)", (107, 6), 7, LINUX),
    linux("centos6Guest", "CentOS 6 (32-bit)", (106, 6), 7, LINUX),
    linux("centos64Guest", "CentOS 4/5 (64-bit)", (107, 0), 4, OLD_LINUX),
    linux("centosGuest", "CentOS 4/5 (32-bit)", (106, 0), 4, OLD_LINUX),
    linux("coreos64Guest", "CoreOS Linux (64-bit)", (101, 0), 11, LINUX),
    linux("debian12_64Guest", "Debian GNU/Linux 12 (64-bit)", (96, 12), 20, LINUX),
    linux("debian12Guest", "Debian GNU/Linux 12 (32-bit)", (95, 12), 20, LINUX),
    linux("debian11_64Guest", "Debian GNU/Linux 11 (64-bit)", (96, 11), 17, LINUX),
    linux("debian11Guest", "Debian GNU/Linux 11 (32-bit)", (95, 11), 17, LINUX),
    linux("debian10_64Guest", "Debian GNU/Linux 10 (64-bit)", (96, 10), 11, LINUX),
    linux("debian10Guest", "Debian GNU/Linux 10 (32-bit)", (95, 10), 11, LINUX),
    linux("debian9_64Guest", "Debian GNU/Linux 9 (64-bit)", (96, 9), 11, LINUX),
    linux("debian9Guest", "Debian GNU/Linux 9 (32-bit)", (95, 9), 11, LINUX),
    linux("debian8_64Guest", "Debian GNU/Linux 8 (64-bit)", (96, 8), 10, LINUX),
    linux("debian8Guest", "Debian GNU/Linux 8 (32-bit)", (95, 8), 10, LINUX),
    linux("debian7_64Guest", "Debian GNU/Linux 7 (64-bit)", (96, 7), 8, OLD_LINUX),
    linux("debian7Guest", "Debian GNU/Linux 7 (32-bit)", (95, 7), 8, OLD_LINUX),
    linux("debian6_64Guest", "Debian GNU/Linux 6 (64-bit)", (96, 6), 7, OLD_LINUX),
    linux("debian6Guest", "Debian GNU/Linux 6 (32-bit)", (95, 6), 7, OLD_LINUX),
    linux("debian5_64Guest", "Debian GNU/Linux 5 (64-bit)", (96, 5), 4, OLD_LINUX),
    linux("debian5Guest", "Debian GNU/Linux 5 (32-bit)", (95, 5), 4, OLD_LINUX),
    linux("debian4_64Guest", "Debian GNU/Linux 4 (64-bit)", (96, 4), 4, OLD_LINUX),
    linux("debian4Guest", "Debian GNU/Linux 4 (32-bit)", (95, 4), 4, OLD_LINUX),
    linux("fedora64Guest", "Red Hat Fedora (64-bit)", (101, 0), 7, LINUX),
    linux("fedoraGuest", "Red Hat Fedora (32-bit)", (36, 0), 7, LINUX),
    linux("oracleLinux9_64Guest", "Oracle Linux 9 (64-bit)", (109, 9), 18, LINUX),
    linux("oracleLinux8_64Guest", "Oracle Linux 8 (64-bit)", (109, 8), 14, LINUX),
    linux("oracleLinux7_64Guest", "Oracle Linux 7 (64-bit)", (109, 7), 10, LINUX),
    linux("oracleLinux6_64Guest", "Oracle Linux 6 (64-bit)", (109, 6), 7, LINUX),
    linux("oracleLinux64Guest", "Oracle Linux 4/5 (64-bit)", (109, 0), 4, OLD_LINUX),
    linux("oracleLinuxGuest", "Oracle Linux 4/5 (32-bit)", (108, 0), 4, OLD_LINUX),
    linux("rhel9_64Guest", "Red Hat Enterprise Linux 9 (64-bit)", (80, 9), 17, LINUX),
    linux("rhel8_64Guest", "Red Hat Enterprise Linux 8 (64-bit)", (80, 8), 14, LINUX),
    linux("rhel7_64Guest", "Red Hat Enterprise Linux 7 (64-bit)", (80, 7), 8, LINUX),
    linux("rhel6_64Guest", "Red Hat Enterprise Linux 6 (64-bit)", (80, 6), 7, LINUX),
    linux("rhel6Guest", "Red Hat Enterprise Linux 6 (32-bit)", (79, 6), 7, LINUX),
    linux("rhel5_64Guest", "Red Hat Enterprise Linux 5 (64-bit)", (80, 5), 4, OLD_LINUX),
    linux("rhel5Guest", "Red Hat Enterprise Linux 5 (32-bit)", (79, 5), 4, OLD_LINUX),
    linux("rhel4_64Guest", "Red Hat Enterprise Linux 4 (64-bit)", (80, 4), 4, OLD_LINUX),
    linux("rhel4Guest", "Red Hat Enterprise Linux 4 (32-bit)", (79, 4), 4, OLD_LINUX),
    linux("rockylinux_64Guest", "Rocky Linux (64-bit)", (101, 0), 20, LINUX),
    linux("sles16_64Guest", "SUSE Linux Enterprise 16 (64-bit)", (85, 16), 18, LINUX),
    linux("sles15_64Guest", "SUSE Linux Enterprise 15 (64-bit)", (85, 15), 14, LINUX),
    linux("sles12_64Guest", "SUSE Linux Enterprise 12 (64-bit)", (85, 12), 9, LINUX),
    linux("sles11_64Guest", "SUSE Linux Enterprise 11 (64-bit)", (85, 11), 7, LINUX),
    linux("sles11Guest", "SUSE Linux Enterprise 11 (32-bit)", (84, 11), 7, LINUX),
    linux("sles10_64Guest", "SUSE Linux Enterprise 10 (64-bit)", (85, 10), 4, OLD_LINUX),
    linux("sles10Guest", "SUSE Linux Enterprise 10 (32-bit)", (84, 10), 4, OLD_LINUX),
    linux("opensuse64Guest", "SUSE openSUSE (64-bit)", (83, 0), 7, LINUX),
    linux("opensuseGuest", "SUSE openSUSE (32-bit)", (82, 0), 7, LINUX),
    linux("ubuntu64Guest", "Ubuntu Linux (64-bit)", (94, 0), 4, LINUX),
    linux("ubuntuGuest", "Ubuntu Linux (32-bit)", (93, 0), 4, LINUX),
    linux("vmwarePhoton64Guest", "VMware Photon OS (64-bit)", (36, 0), 11, APPLIANCE),
    linux("other6xLinux64Guest", "Other 6.x or later Linux (64-bit)", (101, 6), 20, LINUX),
    linux("other5xLinux64Guest", "Other 5.x Linux (64-bit)", (101, 5), 17, LINUX),
    linux("other4xLinux64Guest", "Other 4.x Linux (64-bit)", (101, 4), 13, LINUX),
    linux("other4xLinuxGuest", "Other 4.x Linux (32-bit)", (36, 4), 13, LINUX),
    linux("other3xLinux64Guest", "Other 3.x Linux (64-bit)", (101, 3), 8, LINUX),
    linux("other3xLinuxGuest", "Other 3.x Linux (32-bit)", (36, 3), 8, LINUX),
    linux("other26xLinux64Guest", "Other 2.6.x Linux (64-bit)", (100, 0), 4, OLD_LINUX),
    linux("other26xLinuxGuest", "Other 2.6.x Linux (32-bit)", (99, 0), 4, OLD_LINUX),
    linux("other24xLinux64Guest", "Other 2.4.x Linux (64-bit)", (98, 0), 4, OLD_LINUX),
    linux("other24xLinuxGuest", "Other 2.4.x Linux (32-bit)", (97, 0), 4, OLD_LINUX),
    linux("otherLinux64Guest", "Other Linux (64-bit)", (101, 0), 4, OLD_LINUX),
    linux("otherLinuxGuest", "Other Linux (32-bit)", (36, 0), 4, OLD_LINUX),
    other("darwin21_64Guest", "Apple macOS 12 (64-bit)", 2, 20, MAC),
    other("darwin20_64Guest", "Apple macOS 11 (64-bit)", 2, 18, MAC),
    other("darwin19_64Guest", "Apple macOS 10.15 (64-bit)", 2, 17, MAC),
    other("darwin18_64Guest", "Apple macOS 10.14 (64-bit)", 2, 14, MAC),
    other("darwin17_64Guest", "Apple macOS 10.13 (64-bit)", 2, 14, MAC),
    other("darwin16_64Guest", "Apple macOS 10.12 (64-bit)", 2, 13, MAC),
    other("freebsd14_64Guest", "FreeBSD 14 or later versions (64-bit)", 78, 20, PLAIN),
    other("freebsd13_64Guest", "FreeBSD 13 (64-bit)", 78, 17, PLAIN),
    other("freebsd12_64Guest", "FreeBSD 12 (64-bit)", 78, 14, PLAIN),
    other("freebsd11_64Guest", "FreeBSD 11 (64-bit)", 78, 14, PLAIN),
    other("freebsd64Guest", "FreeBSD Pre-11 versions (64-bit)", 78, 4, PLAIN),
    other("freebsdGuest", "FreeBSD Pre-11 versions (32-bit)", 42, 4, PLAIN),
    other("netware6Guest", "Novell NetWare 6.x", 21, 4, PLAIN),
    other("os2Guest", "IBM OS/2", 12, 4, TINY),
    other("openServer6Guest", "SCO OpenServer 6", 26, 4, PLAIN),
    other("unixWare7Guest", "SCO UnixWare 7", 25, 4, PLAIN),
    other("solaris11_64Guest", "Oracle Solaris 11 (64-bit)", 81, 8, PLAIN),
    other("solaris10_64Guest", "Oracle Solaris 10 (64-bit)", 81, 4, PLAIN),
    other("solaris10Guest", "Oracle Solaris 10 (32-bit)", 29, 4, PLAIN),
    other("vmkernel8Guest", "VMware ESXi 8.0 or later", 104, 20, PLAIN),
    other("vmkernel7Guest", "VMware ESXi 7.0", 104, 17, PLAIN),
    other("vmkernel65Guest", "VMware ESXi 6.5 or later", 104, 13, PLAIN),
    other("vmkernel6Guest", "VMware ESXi 6.0", 104, 11, PLAIN),
    other("vmkernel5Guest", "VMware ESXi 5.x", 104, 8, PLAIN),
    other("otherGuest64", "Other (64-bit)", 102, 4, PLAIN),
    other("otherGuest", "Other (32-bit)", 1, 4, PLAIN),
];
