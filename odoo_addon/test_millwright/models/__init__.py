from . import fake_connector
from . import inbox
