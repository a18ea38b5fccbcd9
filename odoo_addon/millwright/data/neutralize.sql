-- A neutralised copy takes nothing in and carries nothing out until a person enables its backends again.
UPDATE millwright_backend SET enabled = FALSE;
