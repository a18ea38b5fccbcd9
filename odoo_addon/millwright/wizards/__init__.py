from . import confirm_database, decide, explain, issue_key, set_up
