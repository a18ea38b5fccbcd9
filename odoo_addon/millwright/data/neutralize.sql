-- What proves callbacks is of the original: without it nothing is taken directly.
UPDATE millwright_secret SET secret_text = NULL;

-- A neutralised copy takes nothing in and carries nothing out until a person enables its backends again.
UPDATE millwright_backend SET enabled = FALSE;
