/** What a message would do is shown without doing it. */
odoo.loader.modules.get('@web/core/registry').registry.category('web_tour.tours').add('millwright_explain', {
  steps: () => [
    { content: 'Explain', trigger: ".o_form_view button[name='action_explain']", run: 'click' },
    { content: 'The record that it would create', trigger: '.modal table:contains(Press of the tour)' },
    { content: 'And that it did not', trigger: '.modal:contains(nothing was created)' },
    { content: 'Close', trigger: '.modal header .btn-close', run: 'click' },
    { content: 'The message is as it was', trigger: "body:not(:has(.modal)) .o_form_view [name='state']" },
  ],
});
