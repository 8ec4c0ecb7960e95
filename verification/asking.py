"""Does a text ask its reader for a code, a password or a recovery phrase? Pure; English and Japanese.

Judged sentence by sentence: it names such a thing, it asks to be given it, and it does not say "never" or "not". So
"never tell me your code" and "type the code on your own page" pass. It is a net with wide meshes: whoever wants to get
through does, and every text is on record; it stops whoever does not know better.
"""

import re
from typing import Final

from verification.typed_secrets import folded

_SENTENCE: Final = re.compile(r"[^.!?。！？\n]+")
_OTHER_CODE: Final = "".join(
    f"(?<!{word} )" for word in ("error", "postal", "zip", "country", "branch", "sort", "swift", "qr")
)
_THING: Final = re.compile(
    rf"\b(?:{_OTHER_CODE}codes?|otps?|pins?|passcodes?|passwords?|one-time|2fa|authenticator|"
    r"(?:recovery|seed|secret|backup) (?:phrase|words?|key))\b|"
    r"(?<!ばー)(?<!qr)(?<!えらー)(?<!支店)こーど|ぱすわーど|暗証番号|"
    r"認証番号|確認番号|わんたいむ|りかばりーふれーず|復元ふれーず|しーどふれーず|秘密鍵"
)
_GIVE: Final = re.compile(
    r"\b(?:(?:tell|give|send|text|show|forward|read)\b(?: \w+){0,2} \b(?:me|us|it|them|out|your|the)|"
    r"(?:type|enter|write|put|paste|post|share|say)\b.*\b(?:here|in (?:this|the) chat|with (?:me|us)|to (?:me|us))|"
    r"what(?:'s| is| are|s) (?:your|the)|(?:let me|i) (?:have|need|know)|need your)\b|"
    r"教えて|送って|送信して|伝えて|読み上げ|書いて|見せて|知らせて|(?:ここ|ちゃっと|こちら)(?:に|へ).*(?:入力|書|貼)|(?:何|なん)(?:です|でしょう)"
)
_NOT: Final = re.compile(
    r"\b(?:never|not|n't|don't|dont|do not|nobody|no one|without)\b|n't\b|ないで|ません|しない|決して|絶対に|不要"
)


def asks_for_secret(text: str) -> bool:
    return any(
        _THING.search(sentence) and _GIVE.search(sentence) and not _NOT.search(sentence)
        for sentence in _SENTENCE.findall(folded(text).replace("’", "'"))
    )
