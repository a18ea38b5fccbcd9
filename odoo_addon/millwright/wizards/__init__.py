from . import confirm_database, explain, issue_key
