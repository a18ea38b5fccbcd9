const input = (name) => `.modal .o_field_widget[name='${name}'] input`;

/** A backend from nothing to its key, which is shown once. */
odoo.loader.modules.get('@web/core/registry').registry.category('web_tour.tours').add('millwright_set_up', {
  steps: () => [
    { content: 'The system', trigger: input('connector_id'), run: 'edit Fake' },
    { content: 'Choose it', trigger: '.o-autocomplete--dropdown-item:contains(Fake)', run: 'click' },
    { content: 'Its name', trigger: input('name'), run: 'edit Fake of the tour' },
    { content: 'Its code', trigger: input('code'), run: 'edit of-the-tour' },
    { content: 'Next', trigger: ".modal button[name='action_next']", run: 'click' },
    { content: 'The only plant is chosen', trigger: ".modal [name='plant_ids']:contains(P1)" },
    { content: 'Create', trigger: ".modal button[name='action_finish']", run: 'click' },
    { content: 'Issue the key', trigger: ".modal button[name='action_issue']", run: 'click' },
    { content: 'It is shown', trigger: ".modal .o_field_widget[name='shown_key']:contains(/[0-9a-f]{20}/)" },
  ],
});
