"""No number in clear in anything that the browser was told.

Not here: files, logs and the wire to HQ (tests/journey).
"""


def hold(answers, numbers):
    """None of the numbers stands in the answers, in any of the ways in which one is written."""
    assert b"****" in answers, "no masked number was answered: nothing was looked at"
    for number in numbers:
        apart = f"{number[:3]} {number[3:7]} {number[7:]}"
        for form in (number, apart, apart.replace(" ", "-"), number[::-1], "".join(f"\\u{ord(c):04x}" for c in number)):
            at = answers.find(form.encode())
            assert at < 0, f"an answer holds a customer's number: {answers[max(0, at - 200):at].decode(errors='replace')}…"
    return len(answers), len(numbers)
