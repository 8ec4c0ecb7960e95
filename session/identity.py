"""Names of the things a session is about. All are opaque, random and URL-safe; none tells anything about a person."""

from typing import NewType

SessionId = NewType("SessionId", str)  # "ses_" + 22 base64url characters (128 bits)
CaseId = NewType("CaseId", str)  # "cas_..."
CustomerId = NewType("CustomerId", str)  # "cus_...", also the pseudonym in the log's organisation section
StaffId = NewType("StaffId", str)  # "sta_...": an agent, supervisor or security officer
LoginId = NewType("LoginId", str)  # "log_...": one sign-in of one staff member
DeviceId = NewType("DeviceId", str)  # SHA-256 of the device key's public JWK thumbprint (RFC 7638), base64url
