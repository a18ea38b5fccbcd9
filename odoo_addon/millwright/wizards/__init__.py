from . import confirm_database, issue_key
