from . import confirm_database, decide, issue_key, set_up
