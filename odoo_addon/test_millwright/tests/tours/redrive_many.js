/** Dead letters of a list are chosen together and put back; see tests/test_tours.py. */
odoo.loader.modules.get('@web/core/registry').registry.category('web_tour.tours').add('millwright_redrive_many', {
  steps: () => [
    { content: 'Three dead letters', trigger: '.o_data_row:eq(2) .o_field_badge:contains(Dead letter)' },
    { content: 'All of them', trigger: 'thead .o_list_record_selector input', run: 'click' },
    { content: 'Redrive', trigger: ".o_control_panel button[name='action_redrive']", run: 'click' },
    {
      content: 'None of them is left dead',
      trigger: '.o_list_view:not(:has(.o_field_badge:contains(Dead letter))) .o_data_row:eq(2)',
    },
  ],
});
