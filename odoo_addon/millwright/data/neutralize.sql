-- What proves callbacks is of the original: without it nothing is taken directly.
UPDATE millwright_secret SET secret_text = NULL;

-- A neutralised copy takes nothing in and carries nothing out until a person confirms the database, enables
-- its backends, issues new keys and activates the runners.
UPDATE millwright_backend SET enabled = FALSE;
UPDATE millwright_identity SET neutralized = TRUE;
DELETE FROM res_users_apikeys
      WHERE user_id IN (SELECT user_id FROM millwright_backend);
UPDATE ir_cron SET active = FALSE
 WHERE id IN (SELECT res_id FROM ir_model_data WHERE model = 'ir.cron' AND module = 'millwright');
