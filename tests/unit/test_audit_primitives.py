"""What the log's formats stand on, against the vectors that everybody uses: Ed25519 by RFC 8032, AES-256-GCM by Project
Wycheproof (its cases of a 96-bit nonce, by their numbers there)."""

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from audit.note import Signer

# RFC 8032, section 7.1: seed, public key, message, signature
ED25519 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]
GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493

# case: key, nonce, associated data, message, ciphertext, tag
AES_GCM = {
    91: (
        "92ace3e348cd821092cd921aa3546374299ab46209691bc28b8752d17f123c20",
        "00112233445566778899aabb",
        "00000000ffffffff",
        "00010203040506070809",
        "e27abdd2d2a53d2f136b",
        "9a4a2579529301bcfb71c78d4060f52c",
    ),
    92: (
        "29d3a44f8723dc640239100c365423a312934ac80239212ac3df3421a2098123",
        "00112233445566778899aabb",
        "aabbccddeeff",
        "",
        "",
        "2a7d77fa526b8250cb296078926b5020",
    ),
    93: (
        "80ba3192c803ce965ea371d5ff073cf0f43b6a2ab576b208426e11409c09b9b0",
        "4da5bf8dfd5852c1ea12379d",
        "",
        "",
        "",
        "4771a7c404a472966cea8f73c8bfe17a",
    ),
    94: (
        "cc56b680552eb75008f5484b4cb803fa5063ebd6eab91f6ab6aef4916a766273",
        "99e23ec48985bccdeeab60f1",
        "",
        "2a",
        "06",
        "633c1e9703ef744ffffb40edf9d14355",
    ),
    96: (
        "67119627bd988eda906219e08c0d0d779a07d208ce8a4fe0709af755eeec6dcb",
        "68ab7fdbf61901dad461d23c",
        "",
        "51f8c1f731ea14acdb210a6d973e07",
        "43fc101bff4b32bfadd3daf57a590e",
        "ec04aacb7148a8b8be44cb7eaf4efa69",
    ),
    97: (
        "59d4eafb4de0cfc7d3db99a8f54b15d7b39f0acc8da69763b019c1699f87674a",
        "2fcb1b38a99e71b84740ad9b",
        "",
        "549b365af913f3b081131ccb6b825588",
        "f58c16690122d75356907fd96b570fca",
        "28752c20153092818faba2a334640d6e",
    ),
    98: (
        "3b2458d8176e1621c0cc24c0c0e24c1e80d72f7ee9149a4b166176629616d011",
        "45aaa3e5d16d2d42dc03445d",
        "",
        "3ff1514b1c503915918f0c0c31094a6e1f",
        "73a6b6f45f6ccc5131e07f2caa1f2e2f56",
        "2d7379ec1db5952d4e95d30c340b1b1d",
    ),
    100: (
        "b279f57e19c8f53f2f963f5f2519fdb7c1779be2ca2b3ae8e1128b7d6c627fc4",
        "98bc2c7438d5cd7665d76f6e",
        "c0",
        "fcc515b294408c8645c9183e3f4ecee5127846d1",
        "eb5500e3825952866d911253f8de860c00831c81",
        "ecb660e1fb0541ec41e8d68a64141b3a",
    ),
    103: (
        "ff0089ee870a4a39f645b0a5da774f7a5911e9696fc9cad646452c2aa8595a12",
        "bc2a7757d0ce2d8b1f14ccd9",
        "972ab4e06390caae8f99dd6e2187be6c7ff2c08a24be16ef",
        "748b28031621d95ee61812b4b4f47d04c6fc2ff3",
        "a929ee7e67c7a2f91bbcec6389a3caf43ab49305",
        "ebec6774b955e789591c822dab739e12",
    ),
    105: (
        "5b1d1035c0b17ee0b0444767f80a25b8c1b741f4b50a4d3052226baa1c6fb701",
        "d61040a313ed492823cc065b",
        "",
        "d096803181beef9e008ff85d5ddc38ddacf0f09ee5f7e07f1e4079cb64d0dc8f5e6711cd4921a7887de76e2678fdc67618f1185586bfea9d4c685d50e4bb9a82",
        "c7d191b601f86c28b6a1bdef6a57b4f6ee3ae417bc125c381cdf1c4dac184ed1d84f1196206d62cad112b038845720e02c061179a8836f02b93fa7008379a6bf",
        "f15612f6c40f2e0db6dc76fc4822fcfe",
    ),
}


@pytest.mark.parametrize(("seed", "public", "message", "signature"), ED25519)
def test_ed25519_signs_as_rfc_8032_does(seed: str, public: str, message: str, signature: str) -> None:
    signer = Signer.from_seed("log.example/a", bytes.fromhex(seed))
    assert signer.verifier.raw.hex() == public
    assert signer.private_key.sign(bytes.fromhex(message)).hex() == signature


def test_a_signature_has_one_form_and_its_other_is_refused() -> None:
    """S + L in the place of S (RFC 8032, section 5.1.7): else a note could be changed and still hold."""
    signer = Signer.from_seed("log.example/a", bytes.fromhex(ED25519[0][0]))
    signature = signer.private_key.sign(b"text\n")
    assert signer.verifier.time_of("text\n", signature) == 0
    other = int.from_bytes(signature[32:], "little") + GROUP_ORDER
    assert other < 1 << 256
    assert signer.verifier.time_of("text\n", signature[:32] + other.to_bytes(32, "little")) is None


@pytest.mark.parametrize("case", AES_GCM)
def test_aes_256_gcm_seals_as_wycheproof_has_it_and_opens_nothing_else(case: int) -> None:
    key, nonce, around, message, ciphertext, tag = map(bytes.fromhex, AES_GCM[case])
    cipher = AESGCM(key)
    sealed = ciphertext + tag
    assert cipher.encrypt(nonce, message, around) == sealed
    assert cipher.decrypt(nonce, sealed, around) == message
    for bit in range(len(sealed) * 8):
        changed = bytearray(sealed)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(InvalidTag):
            cipher.decrypt(nonce, bytes(changed), around)
    for wrong_nonce, wrong, beside in (
        (nonce, sealed[:-1], around),
        (nonce, sealed, around + b"\0"),
        (nonce, ciphertext + bytes(16), around),
        (nonce, ciphertext + b"\xff" * 16, around),
        (nonce[:-1] + bytes([nonce[-1] ^ 1]), sealed, around),
    ):
        with pytest.raises(InvalidTag):
            cipher.decrypt(wrong_nonce, wrong, beside)
