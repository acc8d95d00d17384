//! The groups that there are before somebody makes or changes any (behaviour reference §2.2).

use storage::{Sql, Tx, params};

use crate::server::Result;

/// Name, risk weight, ids of the licences.
const GROUPS: [(&str, i64, &str); 4] = [
    (
        "Copyleft",
        8,
        "AGPL-1.0 AGPL-1.0-only AGPL-1.0-or-later AGPL-3.0 AGPL-3.0-only AGPL-3.0-or-later EUPL-1.0 EUPL-1.1 \
         EUPL-1.2 GPL-1.0 GPL-1.0+ GPL-1.0-only GPL-1.0-or-later GPL-2.0 GPL-2.0+ GPL-2.0-only GPL-2.0-or-later \
         GPL-2.0-with-GCC-exception GPL-2.0-with-autoconf-exception GPL-2.0-with-bison-exception \
         GPL-2.0-with-font-exception GPL-3.0 GPL-3.0+ GPL-3.0-only GPL-3.0-or-later GPL-3.0-with-GCC-exception \
         GPL-3.0-with-autoconf-exception MS-RL NGPL OCLC-2.0 ODbL-1.0 OSL-1.0 OSL-1.1 OSL-2.0 OSL-2.1 OSL-3.0 \
         RPL-1.1 RPL-1.5 RPSL-1.0",
    ),
    (
        "Weak Copyleft",
        3,
        "AFL-1.1 AFL-1.2 AFL-2.0 AFL-2.1 AFL-3.0 APSL-1.0 APSL-1.1 APSL-1.2 APSL-2.0 CDDL-1.0 CDDL-1.1 EPL-1.0 \
         EPL-2.0 GPL-2.0-with-classpath-exception LGPL-2.0 LGPL-2.0+ LGPL-2.0-only LGPL-2.0-or-later LGPL-2.1 \
         LGPL-2.1+ LGPL-2.1-only LGPL-2.1-or-later LGPL-3.0 LGPL-3.0+ LGPL-3.0-only LGPL-3.0-or-later MPL-1.0 \
         MPL-1.1 MPL-2.0 MPL-2.0-no-copyleft-exception NOSL NPL-1.0 NPL-1.1 Nokia SPL-1.0 YPL-1.0 YPL-1.1 \
         Zimbra-1.3 Zimbra-1.4",
    ),
    (
        "Permissive",
        0,
        "0BSD Apache-1.0 Apache-1.1 Apache-2.0 BSD-1-Clause BSD-2-Clause BSD-2-Clause-FreeBSD BSD-2-Clause-NetBSD \
         BSD-2-Clause-Patent BSD-3-Clause BSD-3-Clause-Attribution BSD-3-Clause-Clear BSD-3-Clause-LBNL \
         BSD-3-Clause-No-Nuclear-License BSD-3-Clause-No-Nuclear-License-2014 BSD-3-Clause-No-Nuclear-Warranty \
         BSD-4-Clause BSD-4-Clause-UC BSD-Protection BSD-Source-Code BSL-1.0 CC-BY-SA-1.0 CC-BY-SA-2.0 \
         CC-BY-SA-2.5 CC-BY-SA-3.0 CC-BY-SA-4.0 ISC JSON MIT MIT-0 MIT-CMU MIT-advertising MIT-enna MIT-feh \
         MITNFA NCSA UPL-1.0 X11 Xerox",
    ),
    (
        "Non-Commercial",
        10,
        "CC-BY-NC-1.0 CC-BY-NC-2.0 CC-BY-NC-2.5 CC-BY-NC-3.0 CC-BY-NC-4.0 CC-BY-NC-ND-1.0 CC-BY-NC-ND-2.0 \
         CC-BY-NC-ND-2.5 CC-BY-NC-ND-3.0 CC-BY-NC-ND-4.0 CC-BY-NC-SA-1.0 CC-BY-NC-SA-2.0 CC-BY-NC-SA-2.5 \
         CC-BY-NC-SA-3.0 CC-BY-NC-SA-4.0",
    ),
];

/// Makes the groups when there are none at all.
pub(crate) async fn make_defaults(tx: &Tx) -> Result<()> {
    if tx.count("SELECT count(*) FROM license_group", params![]).await? > 0 {
        return Ok(());
    }
    for (name, weight, ids) in GROUPS {
        let row = [
            ("uuid", uuid::Uuid::new_v4().to_string().into()),
            ("name", name.into()),
            ("risk_weight", weight.into()),
        ];
        let group = tx.insert("license_group", &row).await?;
        let ids: Vec<storage::Value> = ids.split_whitespace().map(Into::into).collect();
        let text = format!(
            "INSERT INTO license_group_license (group_id, license_id) SELECT {group}, id FROM license \
             WHERE license_id IN ({})",
            storage::marks(ids.len())
        );
        tx.execute(&text, ids).await?;
    }
    Ok(())
}
