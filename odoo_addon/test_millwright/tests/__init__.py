from . import test_claim
from . import test_handler_equipment
from . import test_handler_parts
from . import test_handler_parts_check
from . import test_handler_work_order
from . import test_intake
from . import test_runner
from . import test_screens
