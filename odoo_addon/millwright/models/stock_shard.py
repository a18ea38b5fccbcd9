from odoo import api, models, tools
from odoo.tools import SQL

from .read_along import columns_of, note_read, read_together


class MillwrightInboxStockShard(models.Model):
    """Which movements would meet each other in Odoo's stock or journal."""

    _inherit = "millwright.inbox"

    @api.model
    def _read_products(self, products):
        """Read products and their templates in one statement: Odoo would read one after the other."""
        if not products:
            return
        templates = self.env["product.template"]
        names, template_names = read_together(products), read_together(templates)
        products.flush_recordset(names)
        templates.flush_model(template_names)
        self.env.cr.execute(
            SQL(
                """SELECT product.id, product.product_tmpl_id, %s, %s
                     FROM product_product AS product JOIN product_template AS template ON template.id = product.product_tmpl_id
                    WHERE product.id IN %s""",
                columns_of(products, "product", names),
                columns_of(templates, "template", template_names),
                tuple(products.ids),
            )
        )
        rows = self.env.cr.fetchall()
        end = 2 + len(names)
        note_read(products.browse(row[0] for row in rows), names, [row[2:end] for row in rows])
        by_template = {row[1]: row[end:] for row in rows}
        note_read(templates.browse(by_template), template_names, list(by_template.values()))

    @api.model
    def _stock_shard(self, product, company):
        """Two runners collide on the quants of a product. Under real-time valuation they collide
        on the sequence of the journal before: there the journal is the shard.
        """
        journal_id = self._get_shard_journal_id(product.sudo().with_company(company), company.sudo())
        if journal_id is None:
            return f"company/{company.id}/product/{product.id}"
        return f"company/{company.id}/journal/{journal_id}"

    @api.model
    @tools.ormcache("product_sudo.categ_id.id", "company_sudo.id")
    def _get_shard_journal_id(self, product_sudo, company_sudo):
        """Id of the journal that a product's movements share, False if there is none; None under periodic valuation.

        Forgotten when a category changes; a company writes its valuation and journal into the categories' defaults, which
        Odoo remembers the same way.
        """
        if product_sudo.valuation != "real_time":
            return None
        return (product_sudo.categ_id.property_stock_journal or company_sudo.account_stock_journal_id).id


class ProductCategory(models.Model):
    _inherit = "product.category"

    def write(self, vals):
        result = super().write(vals)
        if not vals.keys().isdisjoint(["property_valuation", "property_stock_journal"]):
            self.env.registry.clear_cache()  # of `_get_shard_journal_id`
        return result
