"""What was agreed and what was shown is not deleted either, but with a partner that is taken out whole"""

from collections.abc import Sequence

from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

# None of these is ever changed: triggers of 0006 see to that, and that no notice is deleted.
_OF_PARTNERS = ("policies", "card_texts")
_OF_NOBODY = "survey_versions"
_SAME_KEY = {
    "policies": "partner_id = NEW.partner_id AND id = NEW.id",
    "notice_texts": "version = NEW.version AND locale = NEW.locale",
    "survey_versions": "id = NEW.id OR (survey_id = NEW.survey_id AND version = NEW.version)",
}


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _on_sqlite()
    else:
        _on_postgresql()


def _on_sqlite() -> None:
    for table in _OF_PARTNERS:
        op.execute(
            f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table}"
            " WHEN NOT EXISTS (SELECT 1 FROM partner_removals WHERE id = OLD.partner_id)"
            f" BEGIN SELECT RAISE(ABORT, '{table} is kept as long as its partner is'); END"
        )
    op.execute(
        f"CREATE TRIGGER {_OF_NOBODY}_kept BEFORE DELETE ON {_OF_NOBODY}"
        f" BEGIN SELECT RAISE(ABORT, '{_OF_NOBODY} is only ever added to'); END"
    )
    # INSERT OR REPLACE deletes without a word to the triggers above.
    for table, same in _SAME_KEY.items():
        op.execute(
            f"CREATE TRIGGER {table}_not_replaced BEFORE INSERT ON {table}"
            f" WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})"
            f" BEGIN SELECT RAISE(ABORT, '{table} is never changed'); END"
        )
    # The same words come again with every card: they stay as they are, without an error.
    op.execute(
        "CREATE TRIGGER card_texts_not_replaced BEFORE INSERT ON card_texts"
        " WHEN EXISTS (SELECT 1 FROM card_texts WHERE partner_id = NEW.partner_id AND id = NEW.id)"
        " BEGIN SELECT RAISE(IGNORE); END"
    )


def _on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_while_partner_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF EXISTS (SELECT 1 FROM partner_removals WHERE id = OLD.partner_id) THEN RETURN OLD; END IF;"
        " RAISE EXCEPTION '% of % is refused: it is kept as long as its partner is', TG_OP, TG_TABLE_NAME"
        " USING ERRCODE = 'restrict_violation'; END $$"
    )
    for table in _OF_PARTNERS:
        op.execute(
            f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_while_partner_stays()"
        )
    op.execute(
        f"CREATE TRIGGER {_OF_NOBODY}_kept BEFORE DELETE ON {_OF_NOBODY}"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    for table in (*_OF_PARTNERS, _OF_NOBODY):
        op.execute(
            f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
