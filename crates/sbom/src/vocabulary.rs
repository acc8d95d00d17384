//! The closed vocabularies of CycloneDX, with the spellings of Dependency-Track.

use std::fmt;

/// Defines an enumeration, its spelling in CycloneDX and in Dependency-Track.
macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident { $($(#[$item:meta])* $variant:ident = $cyclonedx:literal, $track:literal;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name { $($(#[$item])* $variant,)* }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The spelling of CycloneDX.
            #[must_use]
            pub fn as_cyclonedx(self) -> &'static str {
                match self { $(Self::$variant => $cyclonedx,)* }
            }

            /// The spelling of Dependency-Track's API.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $track,)* }
            }

            /// From the spelling of CycloneDX.
            #[must_use]
            pub fn from_cyclonedx(text: &str) -> Option<Self> {
                match text { $($cyclonedx => Some(Self::$variant),)* _ => None }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

vocabulary! {
    /// What kind of thing a component is (`type`).
    Classifier {
        /// A program.
        Application = "application", "APPLICATION";
        /// A software framework.
        Framework = "framework", "FRAMEWORK";
        /// A library: most packages.
        Library = "library", "LIBRARY";
        /// A container image.
        Container = "container", "CONTAINER";
        /// A runtime environment.
        Platform = "platform", "PLATFORM";
        /// An operating system.
        OperatingSystem = "operating-system", "OPERATING_SYSTEM";
        /// Hardware.
        Device = "device", "DEVICE";
        /// Software that drives hardware.
        DeviceDriver = "device-driver", "DEVICE_DRIVER";
        /// Software inside hardware.
        Firmware = "firmware", "FIRMWARE";
        /// A file.
        File = "file", "FILE";
        /// A trained model.
        MachineLearningModel = "machine-learning-model", "MACHINE_LEARNING_MODEL";
        /// Data.
        Data = "data", "DATA";
        /// A key, certificate, algorithm or protocol.
        CryptographicAsset = "cryptographic-asset", "CRYPTOGRAPHIC_ASSET";
    }
}

vocabulary! {
    /// Whether a component is needed at run time.
    Scope {
        /// It is.
        Required = "required", "REQUIRED";
        /// It need not be there.
        Optional = "optional", "OPTIONAL";
        /// It is used while building or testing, say.
        Excluded = "excluded", "EXCLUDED";
    }
}

vocabulary! {
    /// Which way data flows, seen from the service.
    DataFlowDirection {
        /// To the service.
        Inbound = "inbound", "INBOUND";
        /// From the service.
        Outbound = "outbound", "OUTBOUND";
        /// Both.
        BiDirectional = "bi-directional", "BI_DIRECTIONAL";
        /// Not known.
        Unknown = "unknown", "UNKNOWN";
    }
}

vocabulary! {
    /// How a hash was computed. [`HashAlgorithm::as_str`] is the name of the field that
    /// Dependency-Track keeps it in.
    HashAlgorithm {
        /// MD5, 32 digits.
        Md5 = "MD5", "md5";
        /// SHA-1, 40 digits.
        Sha1 = "SHA-1", "sha1";
        /// SHA-2 of 256 bits.
        Sha256 = "SHA-256", "sha256";
        /// SHA-2 of 384 bits.
        Sha384 = "SHA-384", "sha384";
        /// SHA-2 of 512 bits.
        Sha512 = "SHA-512", "sha512";
        /// SHA-3 of 256 bits.
        Sha3_256 = "SHA3-256", "sha3_256";
        /// SHA-3 of 384 bits.
        Sha3_384 = "SHA3-384", "sha3_384";
        /// SHA-3 of 512 bits.
        Sha3_512 = "SHA3-512", "sha3_512";
        /// BLAKE2b of 256 bits.
        Blake2b256 = "BLAKE2b-256", "blake2b_256";
        /// BLAKE2b of 384 bits.
        Blake2b384 = "BLAKE2b-384", "blake2b_384";
        /// BLAKE2b of 512 bits.
        Blake2b512 = "BLAKE2b-512", "blake2b_512";
        /// BLAKE3.
        Blake3 = "BLAKE3", "blake3";
        /// Streebog of 256 bits (from 1.7).
        Streebog256 = "Streebog-256", "streebog_256";
        /// Streebog of 512 bits (from 1.7).
        Streebog512 = "Streebog-512", "streebog_512";
    }
}

vocabulary! {
    /// How bad a vulnerability is.
    Severity {
        /// The worst.
        Critical = "critical", "CRITICAL";
        /// Bad.
        High = "high", "HIGH";
        /// Not so bad.
        Medium = "medium", "MEDIUM";
        /// Hardly bad.
        Low = "low", "LOW";
        /// Only worth knowing.
        Info = "info", "INFO";
        /// Not bad at all; Dependency-Track has no such severity.
        None = "none", "UNASSIGNED";
        /// Not known.
        Unknown = "unknown", "UNASSIGNED";
    }
}

vocabulary! {
    /// What an analysis came to (`analysis.state`).
    ImpactState {
        /// Remediated.
        Resolved = "resolved", "RESOLVED";
        /// Remediated, with evidence in the pedigree; Dependency-Track knows only "resolved".
        ResolvedWithPedigree = "resolved_with_pedigree", "RESOLVED";
        /// May be exploited, directly or indirectly.
        Exploitable = "exploitable", "EXPLOITABLE";
        /// Looked into.
        InTriage = "in_triage", "IN_TRIAGE";
        /// Wrongly reported.
        FalsePositive = "false_positive", "FALSE_POSITIVE";
        /// There, and without effect.
        NotAffected = "not_affected", "NOT_AFFECTED";
    }
}

vocabulary! {
    /// Why something is not affected (`analysis.justification`).
    ImpactJustification {
        /// The code was removed, say by tree shaking.
        CodeNotPresent = "code_not_present", "CODE_NOT_PRESENT";
        /// The vulnerable code is never called.
        CodeNotReachable = "code_not_reachable", "CODE_NOT_REACHABLE";
        /// Only vulnerable in another configuration.
        RequiresConfiguration = "requires_configuration", "REQUIRES_CONFIGURATION";
        /// Only vulnerable with a dependency that is not there.
        RequiresDependency = "requires_dependency", "REQUIRES_DEPENDENCY";
        /// Only vulnerable in another environment.
        RequiresEnvironment = "requires_environment", "REQUIRES_ENVIRONMENT";
        /// A flag of the compiler prevents it.
        ProtectedByCompiler = "protected_by_compiler", "PROTECTED_BY_COMPILER";
        /// Prevented while running.
        ProtectedAtRuntime = "protected_at_runtime", "PROTECTED_AT_RUNTIME";
        /// Blocked before it gets in.
        ProtectedAtPerimeter = "protected_at_perimeter", "PROTECTED_AT_PERIMETER";
        /// Something else makes it less likely or less bad.
        ProtectedByMitigatingControl = "protected_by_mitigating_control", "PROTECTED_BY_MITIGATING_CONTROL";
    }
}

vocabulary! {
    /// What the maker of the component does about a vulnerability (`analysis.response`).
    ImpactResponse {
        /// It cannot be repaired.
        CanNotFix = "can_not_fix", "CAN_NOT_FIX";
        /// It will not be repaired.
        WillNotFix = "will_not_fix", "WILL_NOT_FIX";
        /// Update to another version.
        Update = "update", "UPDATE";
        /// Go back to another version.
        Rollback = "rollback", "ROLLBACK";
        /// There is a way around it.
        WorkaroundAvailable = "workaround_available", "WORKAROUND_AVAILABLE";
    }
}

vocabulary! {
    /// What a statement on versions says of them (`affects[].versions[].status`).
    AffectedStatus {
        /// They have the vulnerability.
        Affected = "affected", "AFFECTED";
        /// They do not.
        Unaffected = "unaffected", "UNAFFECTED";
        /// Not known.
        Unknown = "unknown", "UNKNOWN";
    }
}
