"""REST, live stream, and the one published origin: data leaves the platform here.

::

    Problem                     an answer that is an error; owns its HTTP status (``application/problem+json``)
    ├── BadQuestion             400: the question cannot be answered as asked
    ├── NotSignedIn             401: no session and no token, or one that is not accepted
    ├── NotAllowed              403: known, yet without the scope, or from another site
    ├── NotFound                404
    ├── TooLarge                413: the body is longer than anything that is asked for
    ├── TooMuch                 422: beyond a limit, which the detail names
    ├── TooOften                429: too many failed attempts
    ├── Unavailable             503: broker, store or ingest cannot be reached now
    └── TimedOut                504: a machine did not answer
    ExposureError               the settings would publish something unprotected: the process does not start
"""

from andon_platform.api.problems import (
    BadQuestion,
    ExposureError,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Problem,
    TimedOut,
    TooLarge,
    TooMuch,
    TooOften,
    Unavailable,
)

__all__ = [
    "BadQuestion",
    "ExposureError",
    "NotAllowed",
    "NotFound",
    "NotSignedIn",
    "Problem",
    "TimedOut",
    "TooLarge",
    "TooMuch",
    "TooOften",
    "Unavailable",
]
