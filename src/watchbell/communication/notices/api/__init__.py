"""The JSON operations of notices: messages themselves, templates, what was written back, lists of people."""

from watchbell.communication.notices.api import lists as lists
from watchbell.communication.notices.api import notices as notices
from watchbell.communication.notices.api import templates as templates
from watchbell.communication.notices.api import threads as threads
from watchbell.communication.notices.api.bodies import router as router
